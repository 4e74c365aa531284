import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderChange } from '../entities/order-history-entry.entity.js';
import { OrderEvent } from '../events/order.event.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Payment } from '../payments/entities/payment.entity.js';
import { excessOf, returnable } from '../payments/payment-status.js';
import { PaymentsRepository } from '../payments/payments.repository.js';
import { RefundPromisesService } from '../payments/refund-promises.service.js';

/** The money of an order whose total changes. */
@Injectable()
export class EditBooks {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly promises: RefundPromisesService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  lock({ id }: Order): Promise<Payment[]> {
    return this.payments.lockAllOf(id);
  }

  /** Promises back what has been paid beyond the total, over the payments, oldest first; saves the order, and tells of it. */
  async close(order: Order, payments: readonly Payment[], change: OrderChange): Promise<void> {
    let excess = excessOf(order.totalAmount, payments);
    for (const payment of payments) {
      const amount = Math.min(excess, returnable(payment));
      if (amount > 0) await this.promises.promiseOf(payment, amount, [], 'order_edited');
      excess -= amount;
    }
    order.settlePayments(payments);
    await this.orders.saveDraft(order, change, null);
    await this.outbox.add(new OrderEvent(change.type, order, change.version));
    const { id, totalAmount: amount, currency } = order;
    await this.audit.record({
      action: change.type,
      target: { type: 'order', id },
      after: { version: change.version, total: { amount, currency } },
    });
  }
}
