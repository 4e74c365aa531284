import { Injectable } from '@nestjs/common';
import { RateLimitedError } from '../common/errors/request.errors.js';
import type { RateLimitPolicy } from '../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../common/rate-limit/rate-limiter.js';

/** Failed sign-ins on one account from anywhere; the window ends by itself, so nobody can lock an owner out for good. */
const PER_ACCOUNT: RateLimitPolicy = {
  name: 'login-account',
  limit: 10,
  windowSeconds: 900,
  per: 'address',
  withoutRedis: 'closed',
};

/** Slows down guessing the password of one account, however many addresses the guesses come from. */
@Injectable()
export class LoginThrottle {
  constructor(private readonly limiter: RateLimiter) {}

  /**
   * Counts an attempt before it is made, so that parallel ones cannot slip through; existing and unknown accounts alike.
   *
   * @param account A mark of the account that does not give the address away.
   * @throws RateLimitedError when the account has had its attempts; TemporarilyUnavailableError when nobody can count them.
   */
  async admit(account: string): Promise<void> {
    const { isExceeded, resetSeconds } = await this.limiter.take(PER_ACCOUNT, account);
    if (isExceeded) throw new RateLimitedError(PER_ACCOUNT.name, resetSeconds);
  }

  /** Forgets the attempts after a successful one: only failures in a row count (NIST SP 800-63B-4 section 3.2.2). */
  clear(account: string): Promise<void> {
    return this.limiter.clear(PER_ACCOUNT, account);
  }
}
