import { Injectable } from '@nestjs/common';
import { UsersService } from '../users/users.service.js';
import { AccountTokens } from './accounts/account-tokens.service.js';
import { InvalidCredentialsError } from './auth.errors.js';
import { AccountThrottles } from './throttles.js';
import { Passwords } from './passwords.js';
import { type Device, SessionsService } from './sessions.service.js';
import { type SignIn, type SignInOutcome, SignIns } from './sign-in/sign-ins.service.js';

/** Signing in and staying signed in. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly signIns: SignIns,
    private readonly throttles: AccountThrottles,
    private readonly tokens: AccountTokens,
  ) {}

  /**
   * Signs in with a password. Whatever is wrong with it (no account, wrong password, disabled), the answer and the work are the same.
   *
   * @throws InvalidCredentialsError; RateLimitedError after too many failures on this account.
   */
  async login(email: string, password: string, device: Device): Promise<SignInOutcome> {
    const credentials = await this.users.findCredentials(email);
    const attempt = await this.throttles.admitPassword(email, credentials?.userId ?? null, device.address);
    const fits = await this.passwords.verify(credentials?.passwordHash ?? null, password);
    if (!credentials || !fits || credentials.status !== 'active') {
      await this.throttles.refused(attempt);
      throw new InvalidCredentialsError();
    }
    await this.throttles.clear(attempt);
    await this.strengthen(credentials.userId, credentials.passwordHash!, password);
    return this.signIns.begin(credentials.userId, { method: 'password', device });
  }

  /**
   * Goes on with the sign-in of whoever can read the mail that a token was sent in.
   *
   * @throws InvalidMailTokenError; InvalidCredentialsError when the account has been disabled meanwhile.
   */
  loginByMail(token: string, device: Device): Promise<SignInOutcome> {
    return this.tokens.use('magic_link', token, (userId) =>
      this.signIns.begin(userId, { method: 'magic_link', device }),
    );
  }

  /**
   * Continues a session with the next pair of tokens; see `SessionsService.refresh`.
   *
   * @throws InvalidRefreshTokenError, RefreshSupersededError, RefreshReusedError
   */
  async refresh(refreshToken: string, arrivedAt: Date): Promise<SignIn> {
    const grant = await this.sessions.refresh(refreshToken, arrivedAt);
    return this.signIns.tokensFor(await this.users.get(grant.userId), grant);
  }

  /** Hashes the password anew when the parameters have been raised since it was stored; only now is it known. */
  private async strengthen(userId: string, storedHash: string, password: string): Promise<void> {
    if (!this.passwords.isOutdated(storedHash)) return;
    await this.users.replacePasswordHash(userId, storedHash, await this.passwords.hash(password));
  }
}
