import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../users.service.js';
import { type ConsentRecord, ConsentsRepository } from './consents.repository.js';
import type { ConsentPurpose } from './entities/consent.entity.js';

/** What a user agrees to now, and one page of how that came about. */
export interface ConsentHistory extends Page<ConsentRecord> {
  current: ConsentRecord[];
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
    private readonly cursors: Cursors,
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
  ): Promise<ConsentRecord> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const current = await this.consents.findCurrent(userId, purpose);
      if (current?.granted === said.granted && current.documentVersion === said.version) return current;
      const record = await this.consents.append(userId, {
        purpose,
        granted: said.granted,
        documentVersion: said.version,
        source: SOURCE,
        address: said.address,
      });
      await this.audit.record({
        action: said.granted ? 'user.consent_given' : 'user.consent_withdrawn',
        target: { type: 'user', id: userId },
        before: current ? { granted: current.granted, version: current.documentVersion } : undefined,
        after: { purpose, granted: said.granted, version: said.version },
      });
      return record;
    });
  }

  /**
   * What a user agrees to, with one page of the history, newest first.
   *
   * @throws UserNotFoundError; InvalidRequestError (400, `?cursor`) for a cursor of another list or user.
   */
  async list(userId: string, query: { limit: number; cursor?: string; count?: 'exact' }): Promise<ConsentHistory> {
    await this.users.get(userId);
    const context = `consents ${userId}`;
    const before = query.cursor === undefined ? null : (this.cursors.decode(context, query.cursor)[0] as number);
    const current = await this.consents.listCurrent(userId);
    const rows = await this.consents.list(userId, { before, limit: query.limit + 1 });
    const data = rows.slice(0, query.limit);
    const last = data.at(-1);
    return {
      current,
      data,
      nextCursor: rows.length > query.limit && last ? this.cursors.encode(context, [last.position]) : null,
      ...(query.count === 'exact' ? { total: await this.consents.count(userId) } : {}),
    };
  }

  /** Everything a user has said, newest first, `size` rows at a time. */
  async *listAll(userId: string, size = 500): AsyncIterable<ConsentRecord> {
    let before: number | null = null;
    for (;;) {
      const rows: ConsentRecord[] = await this.consents.list(userId, { before, limit: size });
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < size) return;
      before = last.position;
    }
  }

  /** Forgets where from a user said it, when the account is erased. */
  forgetAddresses(userId: string): Promise<void> {
    return this.consents.forgetAddresses(userId);
  }
}
