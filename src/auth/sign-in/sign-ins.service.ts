import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccessTokens } from '../access-tokens.js';
import { InvalidCredentialsError } from '../auth.errors.js';
import type { SignInMethod } from '../entities/session.entity.js';
import { type Device, type SessionGrant, SessionsService } from '../sessions.service.js';
import { Challenges, type PendingSignIn } from './challenges.repository.js';

/** What a sign-in gives: who it is, and the tokens to go on with. */
export interface SignIn {
  user: UserDetails;
  sessionId: string;
  accessToken: string;
  refreshToken: string;
  /** Lifetime of the access token, in seconds. */
  expiresIn: number;
}

export type SignInOutcome = SignIn | PendingSignIn;

/** What was proved, and from where. */
export interface FirstFactor {
  method: SignInMethod;
  device: Device;
  /** True when what was proved is two factors already, such as a passkey that verified its user. */
  isMultiFactor?: boolean;
}

/** The one way into a session: every means of proving who one is ends here, so that none goes round the second factor. */
@Injectable()
export class SignIns {
  private readonly logger = new Logger(SignIns.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly challenges: Challenges,
    private readonly sessions: SessionsService,
    private readonly tokens: AccessTokens,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Goes on after a first factor was proved: with a session, or with the question for the second factor if the user has one.
   *
   * @throws InvalidCredentialsError when the user may not sign in (disabled, erased).
   */
  async begin(userId: string, { method, device, isMultiFactor = false }: FirstFactor): Promise<SignInOutcome> {
    const pending = isMultiFactor ? null : await this.challenges.askForSecondFactor(userId, method);
    return pending ?? this.complete(userId, [method], device);
  }

  /**
   * Starts a session for a user who has proved everything that is asked of them.
   *
   * @throws InvalidCredentialsError when the user may not sign in.
   */
  complete(userId: string, methods: readonly SignInMethod[], device: Device): Promise<SignIn> {
    return this.transactions.run(async () => {
      const user = await this.users.find(userId);
      if (user?.status !== 'active') throw new InvalidCredentialsError();
      const grant = await this.sessions.start(userId, device, methods);
      const { sessionId } = grant;
      await this.audit.record({
        action: 'auth.signed_in',
        actor: { kind: 'user', id: userId },
        target: { type: 'session', id: sessionId },
        after: { methods },
      });
      this.logger.log({ msg: 'Signed in', event: 'auth.login', userId, sessionId, methods, address: device.address });
      return this.tokensFor(user, grant);
    });
  }

  /** The tokens of a session that is living. */
  tokensFor(user: UserDetails, { sessionId, refreshToken }: SessionGrant): SignIn {
    const accessToken = this.tokens.sign(user.id, sessionId);
    return { user, sessionId, accessToken, refreshToken, expiresIn: this.tokens.ttlSeconds };
  }
}
