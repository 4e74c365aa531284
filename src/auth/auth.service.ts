import { Injectable, Logger } from '@nestjs/common';
import { Secrets } from '../common/secrets.js';
import { canonicalEmail } from '../common/validation/email-address.js';
import { UsersService } from '../users/users.service.js';
import { InvalidCredentialsError, PasswordRejectedError } from './auth.errors.js';
import { LoginThrottle } from './login-throttle.js';
import { objectionTo } from './password-policy.js';
import { Passwords } from './passwords.js';
import { type Device, SessionsService } from './sessions.service.js';
import { type SignIn, SignIns, type SignInOutcome } from './sign-in/sign-ins.service.js';

/** Registering, signing in and staying signed in. */
@Injectable()
export class AuthService {
  private readonly logger = new Logger(AuthService.name);

  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly signIns: SignIns,
    private readonly throttle: LoginThrottle,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Makes a customer's account and signs it in.
   *
   * @throws PasswordRejectedError for a password that is too short or easy to guess; UserEmailTakenError.
   */
  async register(input: { email: string; password: string; name?: string | null }, device: Device): Promise<SignIn> {
    const objection = objectionTo(input.password, input.email);
    if (objection) throw new PasswordRejectedError(objection);
    // Hashing takes tens of milliseconds: before the transaction, not inside it.
    const passwordHash = await this.passwords.hash(input.password);
    const user = await this.users.create({ email: input.email, name: input.name, passwordHash });
    this.logger.log({ msg: 'Registered', event: 'auth.registered', userId: user.id, address: device.address });
    return this.signIns.complete(user.id, ['password'], device);
  }

  /**
   * Signs in with a password. Whatever is wrong with it (no account, wrong password, disabled), the answer and the work are the same.
   *
   * @throws InvalidCredentialsError; RateLimitedError after too many failures on this account.
   */
  async login(email: string, password: string, device: Device): Promise<SignInOutcome> {
    const account = this.secrets.sign('account-mark', canonicalEmail(email), 16).toString('hex');
    await this.throttle.admit(account);
    const credentials = await this.users.findCredentials(email);
    const fits = await this.passwords.verify(credentials?.passwordHash ?? null, password);
    if (!credentials || !fits || credentials.status !== 'active') {
      this.logger.warn({ msg: 'Sign-in refused', event: 'auth.login_failed', account, address: device.address });
      throw new InvalidCredentialsError();
    }
    await this.throttle.clear(account);
    await this.strengthen(credentials.userId, credentials.passwordHash!, password);
    return this.signIns.begin(credentials.userId, { method: 'password', device });
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
