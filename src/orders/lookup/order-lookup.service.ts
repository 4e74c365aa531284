import { Injectable } from '@nestjs/common';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { attempts } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { OrderAccess } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';

/** Guesses at one order, from wherever they come: an address has more than a million neighbours, and ten an hour find none of them. */
const PER_NUMBER = attempts('order-lookup-number', 10, 3600);

/** Gives guests back what opens their order, once they say what only its mail says. See docs/decisions/0023-drafts-and-numbers.md. */
@Injectable()
export class OrderLookupService {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly orders: OrdersRepository,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Numbers can be guessed, so guesses at one are counted exactly, also at one that does not exist; both parts are compared by one
   * statement, so that neither answer nor time tells which was wrong.
   *
   * @throws OrderNotFoundError; RateLimitedError; TemporarilyUnavailableError when nobody can count.
   */
  async find(number: string, email: string): Promise<{ orderId: string; orderToken: string }> {
    const wanted = number.toUpperCase();
    const { isExceeded, resetSeconds } = await this.limiter.take(PER_NUMBER, wanted);
    if (isExceeded) throw new RateLimitedError(PER_NUMBER.name, resetSeconds);
    const orderId = await this.orders.findGuestOrder(wanted, canonicalEmail(email));
    if (orderId === null) throw new OrderNotFoundError();
    return { orderId, orderToken: this.access.tokenOf(orderId) };
  }
}
