import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import { InventoryService } from '../products/inventory/inventory.service.js';
import { OrderEvent } from './events/order.event.js';
import type { OrderReach } from './order-access.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository } from './orders.repository.js';
import { giveBack } from './payments/payment-return.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** Cancelling orders. */
@Injectable()
export class OrderCancelService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly inventory: InventoryService,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Cancels an order of which nothing has been shipped (domain.md O5, O9): its stock is free again, what is authorised is given up, and
   * what is captured is promised back, all in one transaction; the refund itself is made afterwards.
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
      const payments = await this.payments.lockAllOf(orderId);
      const returned = giveBack(payments, 'order_cancelled', now);
      await this.inventory.release(orderId);
      for (const payment of returned.changed) this.payments.save(payment);
      for (const refund of returned.refunds) this.payments.insertRefund(refund);
      order.settlePayments(payments);
      this.orders.save(order, change);
      await this.outbox.add(new OrderEvent(change.type, order, change.version), ...returned.events);
    });
  }
}
