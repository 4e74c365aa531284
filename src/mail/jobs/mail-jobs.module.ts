import { Module } from '@nestjs/common';
import { MailModule } from '../mail.module.js';
import { MailProcessor } from './mail.processor.js';

/** The jobs of mail; only processes that run jobs import it. */
@Module({ imports: [MailModule], providers: [MailProcessor] })
export class MailJobsModule {}
