import { join } from 'node:path';
import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment.js';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { DevelopmentMailbox } from './development-mailbox.js';
import { Mail } from './entities/mail.entity.js';
import { DEFAULT_MAIL_LEASE_SECONDS, MAIL_LEASE_SECONDS, MailDelivery } from './mail-delivery.js';
import { MailService } from './mail.service.js';
import { MailTransport } from './mail-transport.js';
import { MailsRepository } from './mails.repository.js';
import { NoTransport } from './no-transport.js';
import { SmtpTransport } from './smtp-transport.js';
import { MailRenderer } from './templates/mail-renderer.js';

const KEPT_DAYS = 90;
/** Longer than any token lives that is worth sending. */
const WAITING_HOURS = 48;

@Module({
  imports: [TypeOrmModule.forFeature([Mail])],
  providers: [
    MailService,
    MailDelivery,
    MailRenderer,
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
  exports: [MailService, MailTransport, MailRenderer],
})
export class MailModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly mails: MailsRepository,
    private readonly transport: MailTransport,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'mails', purge: (limit) => this.mails.purge(KEPT_DAYS, limit) });
    this.retention.add({ name: 'unsent mails', purge: (limit) => this.mails.giveUp(WAITING_HOURS, limit) });
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.transport instanceof SmtpTransport) await this.transport.close();
  }
}
