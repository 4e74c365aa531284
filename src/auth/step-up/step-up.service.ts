import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { ImpersonationForbiddenError } from '../../common/errors/request.errors.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { InsufficientProofError, InvalidProofError } from '../auth.errors.js';
import type { SignInMethod } from '../entities/session.entity.js';
import { LoginThrottle } from '../login-throttle.js';
import { SecondFactorCodes } from '../mfa/second-factor-codes.service.js';
import { SecondFactorThrottle } from '../mfa/second-factor-throttle.js';
import { factorsIn, SecondFactorsRepository } from '../mfa/second-factors.repository.js';
import { type AssertionAnswer, PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import { Passwords } from '../passwords.js';
import { SessionsService } from '../sessions.service.js';
import { isEnough, type Means, methodsOf } from './proof-methods.js';

/** Checks the password and the codes of somebody who is signed in, as carefully as when they signed in. */
@Injectable()
export class ProofCheck {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly codes: SecondFactorCodes,
    private readonly loginThrottle: LoginThrottle,
    private readonly secondFactorThrottle: SecondFactorThrottle,
  ) {}

  /** True when an active user has a password. */
  async hasPassword(userId: string): Promise<boolean> {
    return (await this.users.findPasswordHash(userId)) !== null;
  }

  /** The hash of the password if it is right, else null. @throws RateLimitedError after too many wrong ones. */
  async provePassword({ id, email, address }: AuthenticatedUser, password: string): Promise<string | null> {
    const attempt = await this.loginThrottle.admit(email, id, address);
    const hash = await this.users.findPasswordHash(id);
    const isRight = await this.passwords.verify(hash, password);
    if (isRight) await this.loginThrottle.clear(attempt);
    else await this.loginThrottle.refused(attempt);
    return isRight ? hash : null;
  }

  /** Uses a code up. @returns which it was, or null when it is wrong. @throws RateLimitedError after too many wrong ones. */
  async useCode(userId: string, code: string, now: Date): Promise<'totp' | 'recovery_code' | null> {
    await this.secondFactorThrottle.admit(userId);
    const method = await this.transactions.run(() => this.codes.use(userId, code, now));
    if (method) await this.secondFactorThrottle.clear(userId);
    else await this.secondFactorThrottle.refused(userId);
    return method;
  }
}

/** What somebody offers as proof. */
export interface Proof {
  password?: string;
  code?: string;
  passkey?: AssertionAnswer;
}

/** Proving anew who one is, in the session that one has: what sensitive changes ask for after ten minutes. */
@Injectable()
export class StepUpService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly sessions: SessionsService,
    private readonly factors: SecondFactorsRepository,
    private readonly proofs: ProofCheck,
    private readonly assertions: PasskeyAssertions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes the session fresh if the proof is as strong as a sign-in: a passkey, or the password with a code where there is a second factor.
   * Without a password, a code of the authenticator app does.
   *
   * @throws InsufficientProofError naming what would do; InvalidProofError, InvalidPasskeyError; RateLimitedError; SessionNotFoundError;
   * ImpersonationForbiddenError.
   */
  async prove(user: AuthenticatedUser, proof: Proof, now: Date): Promise<void> {
    if (user.impersonatorId !== null) throw new ImpersonationForbiddenError();
    const methods = proof.passkey
      ? await this.provePasskey(user, proof.passkey)
      : await this.proveOther(user, proof, now);
    await this.transactions.run(async () => {
      await this.sessions.renewProof(user.sessionId, methods);
      await this.audit.record({
        action: 'auth.stepped_up',
        target: { type: 'session', id: user.sessionId },
        after: { methods },
      });
    });
  }

  private async provePasskey(user: AuthenticatedUser, answer: AssertionAnswer): Promise<SignInMethod[]> {
    await this.assertions.check('passkey_login', answer, user.id);
    return ['passkey'];
  }

  private async proveOther(user: AuthenticatedUser, { password, code }: Proof, now: Date): Promise<SignInMethod[]> {
    const means = await this.meansOf(user.id);
    // Before anything is checked, so that half a proof does not tell whether that half is right.
    if (!isEnough(means, { password, code })) throw new InsufficientProofError(methodsOf(means));
    const methods: SignInMethod[] = [];
    if (password !== undefined) {
      if ((await this.proofs.provePassword(user, password)) === null) throw new InvalidProofError();
      methods.push('password');
    }
    if (code !== undefined) {
      const method = await this.proofs.useCode(user.id, code, now);
      if (!method) throw new InvalidProofError();
      methods.push(method);
    }
    return methods;
  }

  private async meansOf(userId: string): Promise<Means> {
    const [hasPassword, factors] = await Promise.all([this.proofs.hasPassword(userId), this.factors.find(userId)]);
    return { hasPassword, factors: factorsIn(factors) };
  }
}
