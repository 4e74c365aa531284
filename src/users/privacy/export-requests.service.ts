import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { conflict, raise } from '../../common/errors/domain.error.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import type { Scope } from '../../common/security/scopes.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Operation } from '../../operations/entities/operation.entity.js';
import { OperationsService } from '../../operations/operations.service.js';
import { UserExportRequestedEvent } from '../events/user.event.js';
import { UserErasedError, UserNotFoundError } from '../users.errors.js';
import { UsersRepository } from '../users.repository.js';

/** Somebody else is having the data of this user put together. */
export class ExportRunningError extends conflict(
  'user.export_running',
  'An export is under way',
  'An export of this account is being made already, for somebody else; ask again when it is done.',
) {}

/** The kind of operation that puts together what is kept of a user. */
export const USER_EXPORT = 'user_export';

/** Asking for everything that is kept of a person (GDPR article 15). */
@Injectable()
export class ExportRequests {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly accounts: UsersRepository,
    private readonly operations: OperationsService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Starts an export; a job makes it. Of one person there is never more than one under way: asking again answers with that one.
   *
   * @param scope With which staff may ask for somebody else's; they need it still when they download the file. Null for one's own.
   * @throws UserNotFoundError; UserErasedError; ExportRunningError when one is under way that somebody else started.
   */
  request(userId: string, actor: Actor, scope: Scope | null): Promise<Operation> {
    return this.transactions.run(async () => {
      const { status } = (await this.accounts.keep(userId)) ?? raise(new UserNotFoundError());
      if (status === 'erased') throw new UserErasedError();
      const startedBy = responsibleUserId(actor);
      const operation = await this.operations.start({
        kind: USER_EXPORT,
        startedBy,
        starterScope: scope,
        subjectId: userId,
      });
      if (operation.isNew) {
        await this.outbox.add(new UserExportRequestedEvent(operation.id, userId));
        await this.audit.record({
          action: 'user.export_requested',
          target: { type: 'user', id: userId },
          after: { operationId: operation.id },
        });
      } else if (operation.startedBy !== startedBy) {
        throw new ExportRunningError();
      }
      return this.operations.get(operation.id, { userId: startedBy, scopes: actor.scopes, seesAll: true });
    });
  }
}
