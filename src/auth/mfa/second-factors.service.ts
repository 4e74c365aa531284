import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { SessionsService } from '../sessions.service.js';
import { SecondFactorCodes } from './second-factor-codes.service.js';
import { factorsIn, type MfaState, SecondFactorsRepository } from './second-factors.repository.js';

/** What an account can be given and lose again. */
export type SecondFactorKind = 'totp' | 'passkey';

/** Which second factors an account has, and everything that has to happen in the transaction in which it gets or loses one. */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly users: UsersService,
    private readonly factors: SecondFactorsRepository,
    private readonly codes: SecondFactorCodes,
    private readonly sessions: SessionsService,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  find(userId: string): Promise<MfaState> {
    return this.factors.find(userId);
  }

  /**
   * After a second factor was stored: ends the other sessions, which did without it, and tells the owner.
   *
   * @returns a set of recovery codes if the account had none, else null.
   */
  async added(user: AuthenticatedUser, method: SecondFactorKind): Promise<string[] | null> {
    const isWithoutCodes = (await this.factors.countRecoveryCodes(user.id)) === 0;
    const recoveryCodes = isWithoutCodes ? await this.codes.issueRecoveryCodes(user.id) : null;
    await this.announce(user, method, 'enabled');
    return recoveryCodes;
  }

  /** After a second factor was deleted: with the last one, recovery codes go too. Ends the other sessions and tells the owner. */
  async removed(user: AuthenticatedUser, method: SecondFactorKind): Promise<void> {
    if (factorsIn(await this.factors.find(user.id)).length === 0) await this.factors.deleteRecoveryCodes(user.id);
    await this.announce(user, method, 'disabled');
  }

  private async announce(
    { id, sessionId }: AuthenticatedUser,
    method: SecondFactorKind,
    what: 'enabled' | 'disabled',
  ): Promise<void> {
    await this.sessions.endForNewCredentials(id, sessionId);
    const user = await this.users.get(id);
    await this.mail.enqueue({ template: `second-factor-${what}`, ...toOwner(user), data: { method } });
    await this.audit.record({ action: `auth.second_factor_${what}`, target: { type: 'user', id }, after: { method } });
  }
}
