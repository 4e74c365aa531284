import { Module } from '@nestjs/common';
import { PrivacyModule } from '../privacy/privacy.module.js';
import { UserExportProcessor } from './user-export.processor.js';

/** The jobs of users; only processes that run jobs import it. */
@Module({ imports: [PrivacyModule], providers: [UserExportProcessor] })
export class UsersJobsModule {}
