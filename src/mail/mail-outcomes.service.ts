import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { raise } from '../common/errors/domain.error.js';
import type { Page } from '../common/pagination/page.dto.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { Mail } from './entities/mail.entity.js';
import { MailRequestedEvent } from './events/mail-requested.event.js';
import { MailNotFoundError, MailNotUncertainError } from './mail.errors.js';
import type { ListMailsDto } from './mails.dto.js';
import { MailsRepository } from './mails.repository.js';

/** What became of mails, and what staff decide about those of which nobody knows. */
@Injectable()
export class MailOutcomes {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly mails: MailsRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** One page of mails, newest first. */
  list(query: ListMailsDto): Promise<Page<Mail>> {
    return this.mails.findPage(query);
  }

  /** @throws MailNotFoundError */
  async get(id: string): Promise<Mail> {
    return (await this.mails.find(id)) ?? raise(new MailNotFoundError());
  }

  /**
   * Has an uncertain mail sent once more by a job, under the same Message-ID; it may come twice, which whoever asks for it knows. Of several
   * who ask at once, one does.
   *
   * @throws MailNotFoundError, MailNotUncertainError
   */
  resend(id: string): Promise<Mail> {
    return this.transactions.run(async () => {
      const resends = await this.mails.reopen(id);
      const mail = await this.get(id);
      if (resends === null) throw new MailNotUncertainError();
      await this.outbox.add(new MailRequestedEvent(id, resends));
      await this.audit.record({ action: 'mail.resent', target: { type: 'mail', id }, after: { resends } });
      return mail;
    });
  }
}
