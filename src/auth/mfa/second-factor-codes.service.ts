import { Injectable } from '@nestjs/common';
import { AuditLog, byOwner } from '../../audit/audit-log.js';
import { Secrets } from '../../common/secrets.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { NoSecondFactorError } from '../auth.errors.js';
import { canonicalRecoveryCode, isTotpCode, newRecoveryCode } from './second-factor-code.js';
import { factorsIn, SecondFactorsRepository } from './second-factors.repository.js';
import { totpStepOf } from './totp.js';

/** How many recovery codes a set has. */
const SET_SIZE = 10;

/**
 * Checks the codes that somebody types and uses them up, and makes those for the day the second factor is lost: recovery codes work once
 * each, are stored as an HMAC and shown only when they are made.
 */
@Injectable()
export class SecondFactorCodes {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly factors: SecondFactorsRepository,
    private readonly secrets: Secrets,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Inside a transaction: uses a code up, which is either of an authenticator app or a recovery code.
   *
   * @returns which it was, or null when it is wrong or was used before. Of simultaneous callers with the same code one gets it.
   */
  async use(userId: string, code: string, now: Date): Promise<'totp' | 'recovery_code' | null> {
    if (isTotpCode(code)) return (await this.useTotp(userId, code, now)) ? 'totp' : null;
    return (await this.useRecoveryCode(userId, code)) ? 'recovery_code' : null;
  }

  private async useTotp(userId: string, code: string, now: Date): Promise<boolean> {
    const totp = await this.factors.findTotp(userId);
    if (!totp?.confirmedAt) return false;
    const step = totpStepOf(this.secrets.decrypt('totp-secret', totp.sealedSecret), code, now);
    return step !== null && this.factors.useTotpStep(userId, totp.sealedSecret, step);
  }

  private async useRecoveryCode(userId: string, code: string): Promise<boolean> {
    if (!(await this.factors.useRecoveryCode(userId, this.hashOf(userId, code)))) return false;
    const left = await this.factors.countRecoveryCodes(userId);
    const user = await this.users.get(userId);
    await this.mail.enqueue({ template: 'recovery-code-used', ...toOwner(user), data: { left } });
    await this.audit.record({ action: 'auth.recovery_code_used', ...byOwner(userId), after: { left } });
    return true;
  }

  /** Inside a transaction that holds the lock of the user: makes a new set, and the old one worthless. @returns the new codes. */
  async issueRecoveryCodes(userId: string): Promise<string[]> {
    const codes = Array.from({ length: SET_SIZE }, newRecoveryCode);
    await this.factors.deleteRecoveryCodes(userId);
    await this.factors.insertRecoveryCodes(
      userId,
      codes.map((code) => this.hashOf(userId, code)),
    );
    return codes;
  }

  /**
   * Makes a new set of recovery codes, tells the owner, and makes the old set worthless.
   *
   * @throws NoSecondFactorError
   */
  replaceRecoveryCodes(userId: string): Promise<string[]> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      if (factorsIn(await this.factors.find(userId)).length === 0) throw new NoSecondFactorError();
      const codes = await this.issueRecoveryCodes(userId);
      const user = await this.users.get(userId);
      await this.mail.enqueue({
        template: 'recovery-codes-replaced',
        ...toOwner(user),
        data: { count: codes.length },
      });
      await this.audit.record({ action: 'auth.recovery_codes_replaced', target: { type: 'user', id: userId } });
      return codes;
    });
  }

  private hashOf(userId: string, typed: string): Buffer {
    return this.secrets.sign('recovery-code', `${userId} ${canonicalRecoveryCode(typed)}`);
  }
}
