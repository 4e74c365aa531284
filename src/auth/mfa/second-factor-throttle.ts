import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { attempts } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';

/** Answers to the second step from one address, whoever's they are. */
export const SECOND_FACTOR_POLICY = attempts('second-factor', 20, 60);

/**
 * Wrong codes of one account, however many sign-ins they are spread over. A guess is right about once in 333,000 times, because the codes of
 * three steps count; 100 failures in a row are the most that NIST SP 800-63B-4 section 3.2.2 allows.
 */
const PER_ACCOUNT = [attempts('second-factor-account', 10, 900), attempts('second-factor-account-day', 100, 86_400)];

/**
 * Slows down guessing the codes of one account. Passkeys are not counted: they cannot be guessed, and the owner's goes on working.
 *
 * Source: docs/decisions/0015-second-factors.md
 */
@Injectable()
export class SecondFactorThrottle {
  private readonly logger = new Logger(SecondFactorThrottle.name);

  constructor(
    private readonly limiter: RateLimiter,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Counts an attempt before it is made, so that parallel ones cannot slip through.
   *
   * @throws RateLimitedError when the account has had its attempts; TemporarilyUnavailableError when nobody can count them.
   */
  async admit(userId: string): Promise<void> {
    for (const policy of PER_ACCOUNT) {
      const { isExceeded, count, limit, resetSeconds } = await this.limiter.take(policy, userId);
      if (!isExceeded) continue;
      // Once a window, as with passwords.
      if (count === limit + 1) await this.record('auth.second_factor_throttled', userId);
      throw new RateLimitedError(policy.name, resetSeconds);
    }
  }

  /** Writes down that a code was wrong. */
  refused(userId: string): Promise<void> {
    return this.record('auth.second_factor_failed', userId);
  }

  /** Forgets the attempts after a successful one: only failures in a row count. */
  async clear(userId: string): Promise<void> {
    for (const policy of PER_ACCOUNT) await this.limiter.clear(policy, userId);
  }

  private async record(
    event: 'auth.second_factor_failed' | 'auth.second_factor_throttled',
    userId: string,
  ): Promise<void> {
    const msg = event === 'auth.second_factor_failed' ? 'Second factor refused' : 'Second factor throttled';
    this.logger.warn({ msg, event, userId });
    await this.audit.record({ action: event, target: { type: 'user', id: userId } });
  }
}
