import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import type { Page } from '../common/pagination/page.dto.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { UsersService } from '../users/users.service.js';
import type { SessionDetails } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Other people's sessions, for staff. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditLog,
  ) {}

  /** @throws UserNotFoundError */
  async list(
    userId: string,
    query: { limit: number; cursor?: string; count?: 'exact' },
  ): Promise<Page<SessionDetails>> {
    await this.users.get(userId);
    return this.sessions.list(userId, query);
  }

  /** Ends all sessions of a user, on every instance within a second. @throws UserNotFoundError */
  endAll(userId: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.get(userId);
      await this.sessions.endAllOf(userId);
      await this.audit.record({ action: 'auth.sessions_ended', target: { type: 'user', id: userId } });
    });
  }
}
