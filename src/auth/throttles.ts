import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { RateLimitedError } from '../common/errors/request.errors.js';
import { clientNetwork } from '../common/http/client-address.js';
import { attempts } from '../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../common/rate-limit/rate-limiter.js';
import { Secrets } from '../common/secrets.js';
import { canonicalEmail } from '../common/validation/email-address.js';
import { SessionsRepository } from './sessions.repository.js';

/** Limits per address; `AccountThrottles` adds some per account. */
export const LOGIN_POLICY = attempts('login', 10, 60);
export const REGISTER_POLICY = attempts('register', 10, 60);
export const REFRESH_POLICY = attempts('refresh', 60, 60);
/** Answers to the second step, whoever's they are. */
export const SECOND_FACTOR_POLICY = attempts('second-factor', 20, 60);
/** Requests for mail. */
export const ACCOUNT_MAIL_POLICY = attempts('account-mail-address', 10, 60);
/** Answers to mail: tokens cannot be guessed, but neither is anybody to try. */
export const MAIL_TOKEN_POLICY = attempts('mail-token', 20, 60);

/** Requests for mail to one address, from wherever they come: nobody's mailbox is to be filled through us. */
const MAILS = attempts('account-mail', 6, 3600);

/**
 * Failed sign-ins on one account. The windows end by themselves, so nobody can lock an owner out for good; 100 failures in a row are the
 * most that NIST SP 800-63B-4 section 3.2.2 allows.
 */
const PASSWORD = {
  policies: [attempts('login-account', 10, 900), attempts('login-account-day', 100, 86_400)],
  failed: { event: 'auth.login_failed', msg: 'Sign-in refused' },
  throttled: { event: 'auth.throttled', msg: 'Sign-ins throttled' },
};
/**
 * Wrong codes of one account, however many sign-ins they are spread over. A guess is right about once in 333,000 times, because the codes of
 * three steps count. Passkeys are not counted: they cannot be guessed, and the owner's goes on working. See docs/decisions/0015-second-factors.md.
 */
const CODE = {
  policies: [attempts('second-factor-account', 10, 900), attempts('second-factor-account-day', 100, 86_400)],
  failed: { event: 'auth.second_factor_failed', msg: 'Second factor refused' },
  throttled: { event: 'auth.second_factor_throttled', msg: 'Second factor throttled' },
};
/** Looked for where there is no account, so that both cases ask the database the same. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** One attempt to prove who one is by what could be guessed, as it is counted and recorded. */
export interface Attempt {
  readonly secret: typeof PASSWORD;
  /** Null for an account that does not exist. */
  readonly userId: string | null;
  /** What the attempt is counted under. */
  readonly subject: string;
  /** What the log tells of it. */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Slows down guessing the password or the codes of one account, however many addresses the guesses come from, and bounds the mail that one
 * is sent on anybody's request; existing and unknown accounts alike.
 */
@Injectable()
export class AccountThrottles {
  private readonly logger = new Logger(AccountThrottles.name);

  constructor(
    private readonly limiter: RateLimiter,
    private readonly sessions: SessionsRepository,
    private readonly secrets: Secrets,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Counts an attempt with a password before it is made, so that parallel ones cannot slip through.
   *
   * Attempts from an address that the account has been signed in from are counted apart from all others: whoever guesses elsewhere does
   * not lock out the owner at home. Source: docs/decisions/0010-sign-in-throttling.md
   *
   * @param userId Of the account with this e-mail address; null when there is none.
   * @throws RateLimitedError when the account has had its attempts; TemporarilyUnavailableError when nobody can count them.
   */
  async admitPassword(email: string, userId: string | null, address: string): Promise<Attempt> {
    const account = this.markOf(email);
    const network = clientNetwork(address);
    const addresses = await this.sessions.findAddresses(userId ?? NOBODY);
    const isKnown = addresses.some((known) => clientNetwork(known) === network);
    const subject = isKnown ? `${account}:${network}` : account;
    return this.admit({ secret: PASSWORD, userId, subject, facts: { account, address } });
  }

  /** The same for the code of an authenticator app, or a recovery code. @throws RateLimitedError, TemporarilyUnavailableError */
  admitCode(userId: string): Promise<Attempt> {
    return this.admit({ secret: CODE, userId, subject: userId, facts: { userId } });
  }

  /** Writes down that an attempt failed, whatever was wrong with it. */
  refused({ secret, ...attempt }: Attempt): Promise<void> {
    return this.record(secret.failed, attempt);
  }

  /** Forgets the attempts after a successful one: only failures in a row count. */
  async clear({ secret, subject }: Pick<Attempt, 'secret' | 'subject'>): Promise<void> {
    for (const policy of secret.policies) await this.limiter.clear(policy, subject);
  }

  /** Forgets attempts from unknown addresses once the owner has proved by mail who they are, as when resetting the password. */
  forget(email: string): Promise<void> {
    return this.clear({ secret: PASSWORD, subject: this.markOf(email) });
  }

  /** Counts a request for mail to an address. @throws RateLimitedError when it has had its share for this hour. */
  async admitMail(email: string): Promise<void> {
    const { isExceeded, resetSeconds } = await this.limiter.take(MAILS, this.markOf(email));
    if (isExceeded) throw new RateLimitedError(MAILS.name, resetSeconds);
  }

  /** The same where whoever asks is not to learn of it. @returns false when it has had its share. */
  async mayMail(email: string): Promise<boolean> {
    return !(await this.limiter.take(MAILS, this.markOf(email))).isExceeded;
  }

  private async admit({ secret, ...attempt }: Attempt): Promise<Attempt> {
    for (const policy of secret.policies) {
      const { isExceeded, count, limit, resetSeconds } = await this.limiter.take(policy, attempt.subject);
      if (!isExceeded) continue;
      // Once a window: a record for each of a million guesses would serve whoever makes them.
      if (count === limit + 1) await this.record(secret.throttled, attempt);
      throw new RateLimitedError(policy.name, resetSeconds);
    }
    return { secret, ...attempt };
  }

  /** A mark of the account that does not give the e-mail address away; also of one that does not exist. */
  private markOf(email: string): string {
    return this.secrets.sign('account-mark', canonicalEmail(email), 16).toString('hex');
  }

  private async record(
    what: { event: string; msg: string },
    { userId, facts }: Omit<Attempt, 'secret'>,
  ): Promise<void> {
    this.logger.warn({ ...what, ...facts });
    const target = userId === null ? undefined : { type: 'user', id: userId };
    await this.audit.record({ action: what.event, target });
  }
}
