import { join } from 'node:path';
import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment.js';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { DevelopmentMailbox } from './development-mailbox.js';
import { Mail } from './entities/mail.entity.js';
import { DEFAULT_MAIL_LEASE_SECONDS, MAIL_LEASE_SECONDS, MailService } from './mail.service.js';
import { MailTransport } from './mail-transport.js';
import { MailsRepository } from './mails.repository.js';
import { NoTransport } from './no-transport.js';
import { SmtpTransport } from './smtp-transport.js';

const KEPT_DAYS = 90;

@Module({
  imports: [TypeOrmModule.forFeature([Mail])],
  providers: [
    MailService,
    MailsRepository,
    { provide: MAIL_LEASE_SECONDS, useValue: DEFAULT_MAIL_LEASE_SECONDS },
    {
      provide: MailTransport,
      inject: [Environment],
      useFactory: (environment: Environment): MailTransport => {
        if (environment.SMTP_URL !== undefined) return new SmtpTransport(environment.SMTP_URL);
        return environment.isProduction
          ? new NoTransport()
          : new DevelopmentMailbox(join(environment.DATA_DIR, 'mail'));
      },
    },
  ],
  exports: [MailService, MailTransport],
})
export class MailModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly mails: MailsRepository,
    private readonly transport: MailTransport,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'mails', purge: (limit) => this.mails.purge(KEPT_DAYS, limit) });
  }

  onApplicationShutdown(): void {
    if (this.transport instanceof SmtpTransport) this.transport.close();
  }
}
