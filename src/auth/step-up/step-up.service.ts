import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { ImpersonationForbiddenError } from '../../common/errors/request.errors.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { InsufficientProofError, InvalidProofError, type ProofMethods } from '../auth.errors.js';
import type { SignInMethod } from '../entities/session.entity.js';
import { isTotpCode } from '../mfa/second-factor-code.js';
import { SecondFactorCodes } from '../mfa/second-factor-codes.service.js';
import { factorsIn, type SecondFactor, SecondFactorsRepository } from '../mfa/second-factors.repository.js';
import { type AssertionAnswer, PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import { Passwords } from '../passwords.js';
import { SessionsService } from '../sessions.service.js';
import { AccountThrottles } from '../throttles.js';

/** What an account can be asked for. */
export interface Means {
  hasPassword: boolean;
  factors: readonly SecondFactor[];
}

/** What would prove that it is the owner of the account; empty when only signing in anew does. */
export function methodsOf({ hasPassword, factors }: Means): ProofMethods {
  const methods: ('password' | 'code' | 'passkey')[][] = [];
  const hasTotp = factors.includes('totp');
  if (hasPassword && factors.length === 0) methods.push(['password']);
  if (hasPassword && (hasTotp || factors.includes('recovery_code'))) methods.push(['password', 'code']);
  if (!hasPassword && hasTotp) methods.push(['code']);
  if (factors.includes('passkey')) methods.push(['passkey']);
  return methods;
}

/** True when a password, a code or both would do if they are right. A recovery code stands in for the second factor, never alone. */
export function isEnough({ hasPassword, factors }: Means, proof: { password?: string; code?: string }): boolean {
  const { password, code } = proof;
  if (hasPassword) return password !== undefined && (factors.length === 0 || code !== undefined);
  return password === undefined && code !== undefined && isTotpCode(code) && factors.includes('totp');
}

/** Checks the password and the codes of somebody who is signed in, as carefully as when they signed in. */
@Injectable()
export class ProofCheck {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly codes: SecondFactorCodes,
    private readonly throttles: AccountThrottles,
  ) {}

  /** True when an active user has a password. */
  async hasPassword(userId: string): Promise<boolean> {
    return (await this.users.findPasswordHash(userId)) !== null;
  }

  /** The hash of the password if it is right, else null. @throws RateLimitedError after too many wrong ones. */
  async provePassword({ id, email, address }: AuthenticatedUser, password: string): Promise<string | null> {
    const attempt = await this.throttles.admitPassword(email, id, address);
    const hash = await this.users.findPasswordHash(id);
    const isRight = await this.passwords.verify(hash, password);
    if (isRight) await this.throttles.clear(attempt);
    else await this.throttles.refused(attempt);
    return isRight ? hash : null;
  }

  /** Uses a code up. @returns which it was, or null when it is wrong. @throws RateLimitedError after too many wrong ones. */
  async useCode(userId: string, code: string, now: Date): Promise<'totp' | 'recovery_code' | null> {
    const attempt = await this.throttles.admitCode(userId);
    const method = await this.transactions.run(() => this.codes.use(userId, code, now));
    if (method) await this.throttles.clear(attempt);
    else await this.throttles.refused(attempt);
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
