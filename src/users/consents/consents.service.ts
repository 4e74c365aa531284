import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { ConsentEvent } from '../events/user.event.js';
import { UsersService } from '../users.service.js';
import { ConsentsRepository } from './consents.repository.js';
import type { Consent, ConsentPurpose } from './entities/consent.entity.js';

/** What a user agrees to now, and one page of how that came about. */
export interface ConsentHistory extends Page<Consent> {
  current: Consent[];
}

/** Where it was said, as it is kept. */
const SOURCE = 'account';

/** What people have agreed to: rows are added, and never changed. */
@Injectable()
export class ConsentsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly consents: ConsentsRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Notes that a user agrees, or no longer does; saying the same again adds nothing.
   *
   * @param said With the version of the wording that was shown, and the network address it came from.
   */
  set(
    userId: string,
    purpose: ConsentPurpose,
    said: { granted: boolean; version: string; address: string },
  ): Promise<Consent> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const current = await this.consents.findCurrent(userId, purpose);
      if (current?.granted === said.granted && current.documentVersion === said.version) return current;
      const record = await this.consents.append({
        userId,
        purpose,
        granted: said.granted,
        documentVersion: said.version,
        source: SOURCE,
        address: said.address,
      });
      await this.outbox.add(new ConsentEvent(record));
      await this.audit.record({
        action: said.granted ? 'user.consent_given' : 'user.consent_withdrawn',
        target: { type: 'user', id: userId },
        before: current ? { granted: current.granted, version: current.documentVersion } : undefined,
        after: { purpose, granted: said.granted, version: said.version },
      });
      return record;
    });
  }

  /** What a user agrees to, with one page of the history, newest first. @throws UserNotFoundError */
  async list(userId: string, request: PageRequest): Promise<ConsentHistory> {
    await this.users.get(userId);
    const current = await this.consents.findAllCurrent(userId);
    return { current, ...(await this.consents.findPage(userId, request)) };
  }
}
