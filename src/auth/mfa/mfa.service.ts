import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { type MfaState, MfaStateRepository } from './mfa-state.repository.js';
import { NoSecondFactorError } from './mfa.errors.js';
import { RecoveryCodes } from './recovery-codes.service.js';

/** The second factors of an account as a whole. */
@Injectable()
export class MfaService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly states: MfaStateRepository,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  find(userId: string): Promise<MfaState> {
    return this.states.find(userId);
  }

  /**
   * Makes a new set of recovery codes, tells the owner, and makes the old set worthless.
   *
   * @throws NoSecondFactorError
   */
  replaceRecoveryCodes(userId: string): Promise<string[]> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const { totpConfirmedAt, passkeys } = await this.states.find(userId);
      if (totpConfirmedAt === null && passkeys === 0) throw new NoSecondFactorError();
      const codes = await this.recoveryCodes.replace(userId);
      const { name, email, locale } = await this.users.get(userId);
      await this.mail.enqueue({
        template: 'recovery-codes-replaced',
        to: { name: name ?? '', address: email },
        locale,
        data: { count: codes.length },
      });
      await this.audit.record({ action: 'auth.recovery_codes_replaced', target: { type: 'user', id: userId } });
      return codes;
    });
  }
}
