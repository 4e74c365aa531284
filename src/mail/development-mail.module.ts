import { Module } from '@nestjs/common';
import type { Environment } from '../config/environment.js';
import { DevelopmentMailController } from './development-mail.controller.js';
import { MailModule } from './mail.module.js';
import { MailPreviewController } from './mail-preview.controller.js';

/** `GET /dev/mail`, with `/dev/mail/templates`; imported only where mail is kept instead of sent. */
@Module({ imports: [MailModule], controllers: [DevelopmentMailController, MailPreviewController] })
export class DevelopmentMailModule {
  static isWanted(environment: Environment): boolean {
    return !environment.isProduction && !environment.sendsMail;
  }
}
