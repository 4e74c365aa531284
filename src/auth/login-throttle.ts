import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { RateLimitedError } from '../common/errors/request.errors.js';
import { clientNetwork } from '../common/http/client-address.js';
import { attempts } from '../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../common/rate-limit/rate-limiter.js';
import { Secrets } from '../common/secrets.js';
import { canonicalEmail } from '../common/validation/email-address.js';
import { SessionsRepository } from './sessions.repository.js';

/** Limits per address; `LoginThrottle` adds one per account. */
export const LOGIN_POLICY = attempts('login', 10, 60);
export const REGISTER_POLICY = attempts('register', 10, 60);
export const REFRESH_POLICY = attempts('refresh', 60, 60);

/**
 * Failed sign-ins on one account. The windows end by themselves, so nobody can lock an owner out for good; 100 failures in a row are the
 * most that NIST SP 800-63B-4 section 3.2.2 allows.
 */
const PER_ACCOUNT = [attempts('login-account', 10, 900), attempts('login-account-day', 100, 86_400)];
/** Looked for where there is no account, so that both cases ask the database the same. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** One attempt to sign in with a password, as it is counted and recorded. */
export interface LoginAttempt {
  /** A mark of the account that does not give the e-mail address away; also of one that does not exist. */
  readonly account: string;
  readonly userId: string | null;
  readonly address: string;
  /** What the attempt is counted under. */
  readonly subject: string;
}

/**
 * Slows down guessing the password of one account, however many addresses the guesses come from; existing and unknown accounts alike.
 *
 * Attempts from an address that the account has been signed in from are counted apart from all others: whoever guesses elsewhere does not
 * lock out the owner at home. Source: docs/decisions/0010-sign-in-throttling.md
 */
@Injectable()
export class LoginThrottle {
  private readonly logger = new Logger(LoginThrottle.name);

  constructor(
    private readonly limiter: RateLimiter,
    private readonly sessions: SessionsRepository,
    private readonly secrets: Secrets,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Counts an attempt before it is made, so that parallel ones cannot slip through.
   *
   * @param userId Of the account with this e-mail address; null when there is none.
   * @throws RateLimitedError when the account has had its attempts; TemporarilyUnavailableError when nobody can count them.
   */
  async admit(email: string, userId: string | null, address: string): Promise<LoginAttempt> {
    const account = this.markOf(email);
    const network = clientNetwork(address);
    const isKnown = await this.isKnown(userId ?? NOBODY, network);
    const attempt = { account, userId, address, subject: isKnown ? `${account}:${network}` : account };
    for (const policy of PER_ACCOUNT) {
      const { isExceeded, count, limit, resetSeconds } = await this.limiter.take(policy, attempt.subject);
      if (!isExceeded) continue;
      // Once a window: a record for each of a million guesses would serve whoever makes them.
      if (count === limit + 1) await this.record('auth.throttled', attempt);
      throw new RateLimitedError(policy.name, resetSeconds);
    }
    return attempt;
  }

  /** Writes down that an attempt failed, whatever was wrong with it. */
  refused(attempt: LoginAttempt): Promise<void> {
    return this.record('auth.login_failed', attempt);
  }

  /** Forgets the attempts after a successful one: only failures in a row count. */
  async clear({ subject }: LoginAttempt): Promise<void> {
    for (const policy of PER_ACCOUNT) await this.limiter.clear(policy, subject);
  }

  /** Forgets the attempts from unknown addresses once the owner has proved by mail who they are, as when resetting the password. */
  async forget(email: string): Promise<void> {
    for (const policy of PER_ACCOUNT) await this.limiter.clear(policy, this.markOf(email));
  }

  private markOf(email: string): string {
    return this.secrets.sign('account-mark', canonicalEmail(email), 16).toString('hex');
  }

  private async isKnown(userId: string, network: string): Promise<boolean> {
    const addresses = await this.sessions.findAddresses(userId);
    return addresses.some((known) => clientNetwork(known) === network);
  }

  private async record(event: 'auth.login_failed' | 'auth.throttled', attempt: LoginAttempt): Promise<void> {
    const { account, userId, address } = attempt;
    const msg = event === 'auth.throttled' ? 'Sign-ins throttled' : 'Sign-in refused';
    this.logger.warn({ msg, event, account, address });
    await this.audit.record({ action: event, target: userId === null ? undefined : { type: 'user', id: userId } });
  }
}
