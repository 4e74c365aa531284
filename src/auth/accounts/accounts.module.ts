import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { MailModule } from '../../mail/mail.module.js';
import { PersonalData } from '../../users/personal-data.js';
import { UsersModule } from '../../users/users.module.js';
import { AuthModule } from '../auth.module.js';
import { AccountMailThrottle } from './account-mail-throttle.js';
import { AccountPasswords } from './account-passwords.service.js';
import { AccountTokensRepository } from './account-tokens.repository.js';
import { AccountTokens } from './account-tokens.service.js';
import { AccountsController } from './accounts.controller.js';
import { EarlierMeansRepository } from './earlier-means.repository.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { AccountToken } from './entities/account-token.entity.js';
import { EmailChange } from './entities/email-change.entity.js';
import { MagicLinksService } from './magic-links.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationMails } from './registration-mails.service.js';
import { RegistrationService } from './registration.service.js';
import { RightfulOwner } from './rightful-owner.service.js';

/** Making an account, and everything about it that goes by mail. */
@Module({
  imports: [TypeOrmModule.forFeature([AccountToken, EmailChange]), AuthModule, UsersModule, MailModule],
  controllers: [RegistrationController, AccountsController],
  providers: [
    AccountMailThrottle,
    AccountPasswords,
    AccountTokens,
    AccountTokensRepository,
    EmailChangeService,
    EmailVerificationService,
    MagicLinksService,
    PasswordChangeService,
    PasswordResetService,
    RegistrationMails,
    RegistrationService,
    RightfulOwner,
    EarlierMeansRepository,
  ],
})
export class AccountsModule implements OnModuleInit {
  constructor(
    private readonly tokens: AccountTokensRepository,
    private readonly retention: RetentionTasks,
    private readonly personalData: PersonalData,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'account tokens', purge: (limit) => this.tokens.purgeEnded(limit) });
    this.personalData.add({
      section: 'account-mails',
      description: 'A change of e-mail address that waits to be confirmed.',
      export: (userId) => this.tokens.findEmailChange(userId),
      erase: (userId) => this.tokens.deleteAllOf(userId),
    });
  }
}
