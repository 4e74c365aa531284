import { Injectable, Logger } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { DueOrdersRepository } from './due-orders.repository.js';
import { OrderCancelService } from './order-cancel.service.js';
import { SYSTEM } from './order-status.js';
import type { Payment } from './payments/entities/payment.entity.js';
import { PaymentProviders } from './payments/payment-providers.js';
import { isInFlight } from './payments/payment-status.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** Orders that one look at the table takes up. */
const BATCH = 100;
/** How much longer stock is held for a payment that is under way, each time the order is due. */
const EXTENSION_MS = 60_000;

/** Frees the stock of orders that are not paid in time. */
@Injectable()
export class OrderExpiryService {
  private readonly logger = new Logger(OrderExpiryService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: DueOrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly cancellation: OrderCancelService,
  ) {}

  /**
   * Expires every order that is due at `now`; any number of workers may do so at once.
   *
   * Each order is a transaction of its own: stock is locked by one order at a time, as everywhere else, and one order that fails does not
   * hold up the rest.
   *
   * @returns how many orders have expired.
   * @throws the first failure, after all orders have had their turn.
   */
  async expireDue(now: Date = new Date()): Promise<number> {
    let expired = 0;
    let failure: Error | undefined;
    for (;;) {
      const due = await this.orders.findDue(now, BATCH);
      let done = 0;
      for (const id of due) {
        try {
          const outcome = await this.expireOne(id, now);
          if (outcome !== 'held_elsewhere') done += 1;
          if (outcome === 'expired') expired += 1;
        } catch (error) {
          this.logger.error(`order ${id} could not expire: ${String(error)}`);
          failure ??= error instanceof Error ? error : new Error(String(error));
        }
      }
      // What failed or is held by another worker would be found again at once; the next run is seconds away.
      if (due.length < BATCH || done === 0) break;
    }
    if (failure) throw failure;
    return expired;
  }

  private expireOne(id: string, now: Date): Promise<'expired' | 'extended' | 'held_elsewhere'> {
    return this.transactions.run(async () => {
      const order = await this.orders.lockDue(id, now);
      if (!order) return 'held_elsewhere';
      const payments = await this.payments.lockAllOf(id);
      if (this.isAwaited(payments, now)) {
        await this.orders.extend(order, new Date(now.getTime() + EXTENSION_MS));
        return 'extended';
      }
      await this.cancellation.end(order, order.expire(SYSTEM, now), payments, now);
      return 'expired';
    });
  }

  /** True while a payment may still bring money, within the time its provider takes (domain.md O4). */
  private isAwaited(payments: readonly Payment[], now: Date): boolean {
    return payments.some(
      ({ status, provider, createdAt }) =>
        isInFlight(status) &&
        now.getTime() - createdAt.getTime() < this.providers.settlesWithinSeconds(provider) * 1000,
    );
  }
}
