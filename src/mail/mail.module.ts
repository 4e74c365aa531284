import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { lastOffered } from '../common/extension-points.js';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { Mail } from './entities/mail.entity.js';
import { DEFAULT_MAIL_LEASE_SECONDS, MAIL_LEASE_SECONDS, MailDelivery } from './mail-delivery.js';
import { MailService } from './mail.service.js';
import { MailTransport } from './mail-transport.js';
import { MailsRepository } from './mails.repository.js';
import { MailRenderer } from './templates/mail-renderer.js';
import { MAIL_TRANSPORTS } from './transport-list.js';

const KEPT_DAYS = 90;
/** Longer than any token lives that is worth sending. */
const WAITING_HOURS = 48;
/** Staff may be away for a weekend. */
const UNCERTAIN_HOURS = 7 * 24;

@Module({
  imports: [TypeOrmModule.forFeature([Mail])],
  providers: [
    MailService,
    MailDelivery,
    MailRenderer,
    MailsRepository,
    { provide: MAIL_LEASE_SECONDS, useValue: DEFAULT_MAIL_LEASE_SECONDS },
    ...lastOffered(MailTransport, MAIL_TRANSPORTS),
  ],
  exports: [MailService, MailsRepository, MailTransport, MailRenderer],
})
export class MailModule implements OnModuleInit {
  constructor(
    private readonly mails: MailsRepository,
    private readonly retention: RetentionTasks,
  ) {}

  onModuleInit(): void {
    this.retention.add({ name: 'mails', purge: (limit) => this.mails.purge(KEPT_DAYS, limit) });
    this.retention.add({
      name: 'unsent mails',
      purge: (limit) => this.mails.giveUp(WAITING_HOURS, UNCERTAIN_HOURS, limit),
    });
  }
}
