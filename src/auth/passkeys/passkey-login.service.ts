import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { Device } from '../sessions.service.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import { type AssertionAnswer, type AssertionRequest, PasskeyAssertions } from './passkey-assertions.service.js';
import { InvalidPasskeyError } from './passkeys.errors.js';

/** Signing in with nothing but a passkey. */
@Injectable()
export class PasskeyLogin {
  constructor(
    private readonly assertions: PasskeyAssertions,
    private readonly signIns: SignIns,
    private readonly audit: AuditLog,
  ) {}

  begin(): Promise<AssertionRequest> {
    return this.assertions.beginLogin();
  }

  /**
   * Signs in whoever the passkey belongs to. It verified its user, so nothing else is asked for.
   *
   * @throws InvalidPasskeyError; InvalidCredentialsError when the account is disabled.
   */
  async login(answer: AssertionAnswer, device: Device): Promise<SignInOutcome> {
    const userId = await this.assertions.check('passkey_login', answer).catch(async (error: unknown) => {
      if (error instanceof InvalidPasskeyError)
        await this.audit.record({ action: 'auth.login_failed', after: { method: 'passkey' } });
      throw error;
    });
    return this.signIns.begin(userId, { method: 'passkey', device, isMultiFactor: true });
  }
}
