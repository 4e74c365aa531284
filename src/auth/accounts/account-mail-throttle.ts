import { Injectable } from '@nestjs/common';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { attempts } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { Secrets } from '../../common/secrets.js';
import { canonicalEmail } from '../../common/validation/email-address.js';

/** Requests for mail to one address, from wherever they come: nobody's mailbox is to be filled through us. */
const PER_ACCOUNT = attempts('account-mail', 6, 3600);
/** Requests for mail from one network address. */
export const ACCOUNT_MAIL_POLICY = attempts('account-mail-address', 10, 60);
/** Answers to mail: tokens cannot be guessed, but neither is anybody to try. */
export const MAIL_TOKEN_POLICY = attempts('mail-token', 20, 60);

/** Bounds how much mail one account is sent on anybody's request; addresses without an account are counted alike. */
@Injectable()
export class AccountMailThrottle {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly secrets: Secrets,
  ) {}

  /** @throws RateLimitedError when the address has had its share for this hour. */
  async admit(email: string): Promise<void> {
    const { isExceeded, resetSeconds } = await this.count(email);
    if (isExceeded) throw new RateLimitedError(PER_ACCOUNT.name, resetSeconds);
  }

  /** False when the address has had its share for this hour. */
  async isAdmitted(email: string): Promise<boolean> {
    return !(await this.count(email)).isExceeded;
  }

  private count(email: string) {
    return this.limiter.take(PER_ACCOUNT, this.secrets.sign('account-mark', canonicalEmail(email), 16).toString('hex'));
  }
}
