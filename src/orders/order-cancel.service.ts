import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { Order } from './entities/order.entity.js';
import type { OrderChange } from './entities/order-history-entry.entity.js';
import { OrderEvent } from './events/order.event.js';
import type { OrderReach } from './order-access.js';
import { OrderHoldings } from './order-holdings.service.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository } from './orders.repository.js';
import type { Payment } from './payments/entities/payment.entity.js';
import { PaymentProviders } from './payments/payment-providers.js';
import { giveBack } from './payments/payment-return.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** What another part of orders does in the transaction in which an order ends without being shipped; the order is locked. */
export type OrderEnding = (order: Order, change: OrderChange) => Promise<void>;

/** Cancelling orders, and what every order leaves behind that ends without being shipped. */
@Injectable()
export class OrderCancelService {
  private readonly endings: OrderEnding[] = [];

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly holdings: OrderHoldings,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Cancels an order of which nothing has been shipped (domain.md O5, O9): its stock and its uses of promotions are free
   * again, what is authorised is given up, and what is captured is promised back, all in one transaction; the refund is made afterwards.
   *
   * A payment that is under way is not touched. Should money come of it, it goes back (O7).
   *
   * @throws OrderNotFoundError; OrderTransitionError when the order cannot be cancelled any more.
   */
  async cancel(orderId: string, reason: string | null, reach: OrderReach): Promise<void> {
    await this.transactions.run(async () => {
      const order = await this.orders.lock(orderId, reach);
      if (!order) throw new OrderNotFoundError();
      const now = new Date();
      const change = order.cancel(reach.actor, now, reason);
      await this.end(order, change, await this.payments.lockAllOf(orderId), now);
    });
  }

  /** Makes `ending` part of the end of every order; called when the application starts. */
  onEnd(ending: OrderEnding): void {
    this.endings.push(ending);
  }

  /** Frees what a locked order held that has just ended, gives its payments back, and saves and tells all of it. */
  async end(order: Order, change: OrderChange, payments: readonly Payment[], now: Date): Promise<void> {
    const returned = giveBack(payments, 'order_cancelled', now, ({ provider }) =>
      this.providers.isBookedByHand(provider),
    );
    await this.holdings.release(order);
    for (const ending of this.endings) await ending(order, change);
    this.payments.saveReturn(returned);
    order.settlePayments(payments);
    this.orders.save(order, change);
    await this.outbox.add(new OrderEvent(change.type, order, change.version), ...returned.events);
  }
}
