import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccessTokens } from '../access-tokens.js';
import { ImpersonationOfStaffError } from '../auth.errors.js';
import { type Device, SessionsService } from '../sessions.service.js';

const LONGEST_SECONDS = 900;
const CUSTOMER = 'customer';

/** A customer, and a token to act as them. */
export interface Impersonation {
  user: UserDetails;
  accessToken: string;
  /** Seconds until it ends. */
  expiresIn: number;
}

/** Acting as a customer: for staff, shortly, written down, and without what only the customer may do (`@FreshLogin()`). */
@Injectable()
export class ImpersonationService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccessTokens,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Starts a session of the customer that lasts 15 minutes at most and cannot be refreshed. The customer sees it among their sessions.
   *
   * @throws UserNotFoundError; ImpersonationOfStaffError for anybody but an active customer.
   */
  start(caller: AuthenticatedUser, userId: string, reason: string, device: Device): Promise<Impersonation> {
    return this.transactions.run(async () => {
      const user = await this.users.get(userId);
      const isCustomer = user.roles.every((role) => role === CUSTOMER);
      if (user.id === caller.id || user.status !== 'active' || !isCustomer) throw new ImpersonationOfStaffError();
      const expiresIn = Math.min(LONGEST_SECONDS, this.tokens.ttlSeconds);
      const sessionId = await this.sessions.startImpersonation(user.id, caller.id, device, expiresIn);
      const target = { type: 'user', id: user.id };
      await this.audit.record({ action: 'auth.impersonation_started', target, after: { sessionId, reason } });
      return { user, accessToken: this.tokens.sign(user.id, sessionId), expiresIn };
    });
  }
}
