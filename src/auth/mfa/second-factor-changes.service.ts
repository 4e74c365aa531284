import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { MailService } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { SessionsService } from '../sessions.service.js';
import { SecondFactorsRepository } from '../sign-in/second-factors.repository.js';
import { RecoveryCodes } from './recovery-codes.service.js';

/** What an account can be given and lose again. */
export type SecondFactorKind = 'totp' | 'passkey';

/** Everything that has to happen when an account gets or loses a second factor; inside the transaction of that change. */
@Injectable()
export class SecondFactorChanges {
  constructor(
    private readonly users: UsersService,
    private readonly factors: SecondFactorsRepository,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly sessions: SessionsService,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * After a second factor was stored: ends the other sessions, which did without it, and tells the owner.
   *
   * @returns a set of recovery codes if the account had none, else null.
   */
  async added(user: AuthenticatedUser, method: SecondFactorKind): Promise<string[] | null> {
    const isWithoutCodes = (await this.recoveryCodes.countLeft(user.id)) === 0;
    const recoveryCodes = isWithoutCodes ? await this.recoveryCodes.replace(user.id) : null;
    await this.announce(user, method, 'enabled');
    return recoveryCodes;
  }

  /** After a second factor was deleted: with the last one, recovery codes go too. Ends the other sessions and tells the owner. */
  async removed(user: AuthenticatedUser, method: SecondFactorKind): Promise<void> {
    if ((await this.factors.findOf(user.id)).length === 0) await this.recoveryCodes.remove(user.id);
    await this.announce(user, method, 'disabled');
  }

  private async announce(
    user: AuthenticatedUser,
    method: SecondFactorKind,
    what: 'enabled' | 'disabled',
  ): Promise<void> {
    await this.sessions.endForNewCredentials(user.id, user.sessionId);
    const { name, email, locale } = await this.users.get(user.id);
    await this.mail.enqueue({
      template: `second-factor-${what}`,
      to: { name: name ?? '', address: email },
      locale,
      data: { method },
    });
    await this.audit.record({
      action: `auth.second_factor_${what}`,
      target: { type: 'user', id: user.id },
      after: { method },
    });
  }
}
