import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Secrets } from '../../common/secrets.js';
import { MailService } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { isTotpCode } from './second-factor-code.js';
import { totpStepOf } from './totp.js';
import { TotpRepository } from './totp.repository.js';

/** Checks the codes that somebody types, and uses them up. */
@Injectable()
export class SecondFactorCodes {
  constructor(
    private readonly users: UsersService,
    private readonly totps: TotpRepository,
    private readonly recoveryCodes: RecoveryCodes,
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
    const totp = await this.totps.find(userId);
    if (!totp?.confirmedAt) return false;
    const step = totpStepOf(this.secrets.decrypt('totp-secret', totp.sealedSecret), code, now);
    return step !== null && this.totps.useStep(userId, totp.sealedSecret, step);
  }

  private async useRecoveryCode(userId: string, code: string): Promise<boolean> {
    if (!(await this.recoveryCodes.use(userId, code))) return false;
    const left = await this.recoveryCodes.countLeft(userId);
    const { name, email, locale } = await this.users.get(userId);
    await this.mail.enqueue({
      template: 'recovery-code-used',
      to: { name: name ?? '', address: email },
      locale,
      data: { left },
    });
    await this.audit.record({
      action: 'auth.recovery_code_used',
      actor: { kind: 'user', id: userId },
      target: { type: 'user', id: userId },
      after: { left },
    });
    return true;
  }
}
