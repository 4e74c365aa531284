import { Injectable, Logger } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { InsufficientStockError } from '../../products/inventory/inventory.errors.js';
import { InventoryService } from '../../products/inventory/inventory.service.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderChange } from '../entities/order-history-entry.entity.js';
import { OrderEvent } from '../events/order.event.js';
import { type Actor, PROVIDER } from '../order-status.js';
import { OrdersRepository } from '../orders.repository.js';
import { stockedLines } from '../order-totals.js';
import type { Payment } from './entities/payment.entity.js';
import { PaymentEvent, type PaymentEventType } from './events/payment.event.js';
import { giveBack, type PaymentReturn, promiseBack } from './payment-return.js';
import type { ProviderOutcome } from './payment-provider.js';
import { authorisedBy, isDead, netPaidBy, returnable } from './payment-status.js';
import { PaymentsRepository } from './payments.repository.js';

/** A payment after its outcome has been recorded, with all that the order has been paid. */
export interface Settlement {
  readonly order: Order;
  readonly payment: Payment;
  readonly payments: readonly Payment[];
}

/** Records what providers say, and what follows for the order: money always ends in a confirmed order or goes back. */
@Injectable()
export class PaymentSettlementService {
  private readonly logger = new Logger(PaymentSettlementService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly inventory: InventoryService,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Records the outcome of an attempt to pay. Safe to repeat, and in any order: what is no news changes nothing.
   *
   * Enough money confirms an order that waits for it (domain.md O3), or one that has expired if its stock can be had again (O6). Money
   * for an order that cannot take it is promised back in the same transaction (O7, O7b). Locks the order, then its payments, then stock.
   *
   * @returns order and payments as they are now.
   */
  async record(
    { id, orderId }: { readonly id: string; readonly orderId: string },
    outcome: ProviderOutcome,
    by: Actor,
  ): Promise<Settlement> {
    return this.transactions.run(async () => {
      // Asked for at once, and locked one after the other.
      const [order, payments] = await Promise.all([this.orders.lockById(orderId), this.payments.lockAllOf(orderId)]);
      const payment = payments.find((candidate) => candidate.id === id)!;
      const settlement = { order, payment, payments };
      const now = new Date();
      if (!payment.apply(outcome, now)) {
        this.reportLostMoney(payment, outcome);
        return settlement;
      }
      const told = new PaymentEvent(`payment.${outcome.status}` satisfies PaymentEventType, payment);
      const returned: PaymentReturn = { changed: [], refunds: [], events: [] };
      const change = await this.follow(order, payment, payments, returned, by, now);
      const isOtherwisePaid = order.settlePayments(payments);
      this.payments.save(payment);
      for (const refund of returned.refunds) this.payments.insertRefund(refund);
      if (change) this.orders.save(order, change);
      else if (isOtherwisePaid) await this.orders.savePaymentStatus(order);
      const confirmed = change ? [new OrderEvent(change.type, order, change.version)] : [];
      await this.outbox.add(told, ...returned.events, ...confirmed);
      return settlement;
    });
  }

  /** What the news means for the order. @returns the change of the order, if any. */
  private async follow(
    order: Order,
    payment: Payment,
    payments: readonly Payment[],
    returned: PaymentReturn,
    by: Actor,
    now: Date,
  ): Promise<OrderChange | null> {
    if (payment.authorisedAmount === 0 || isDead(payment.status)) return null;
    const isCovered = authorisedBy(payments) >= order.totalAmount;
    if (order.status === 'pending_payment') return isCovered ? order.confirm(by, now) : null;
    if (order.status === 'expired' && isCovered && (await this.reserveAgain(order)))
      return order.confirm(PROVIDER, now);
    if (order.status === 'expired' || order.status === 'cancelled') {
      Object.assign(returned, giveBack([payment], 'late_payment', now));
      return null;
    }
    this.returnExcess(order, payment, payments, returned, now);
    return null;
  }

  /** The order has all it asked for already, so what came beyond goes back. */
  private returnExcess(
    order: Order,
    payment: Payment,
    payments: readonly Payment[],
    returned: PaymentReturn,
    now: Date,
  ): void {
    if (payment.isVoidable) {
      if (authorisedBy(payments) > order.totalAmount) Object.assign(returned, giveBack([payment], 'paid_twice', now));
      return;
    }
    const excess = Math.min(netPaidBy(payments) - order.totalAmount, returnable(payment));
    if (excess > 0) promiseBack(returned, payment, excess, 'paid_twice', now);
  }

  private async reserveAgain(order: Order): Promise<boolean> {
    const lines = await this.orders.findLines([order.id]);
    try {
      await this.inventory.reserve(order.id, stockedLines(lines));
      return true;
    } catch (error) {
      // The refusal holds nothing, so the transaction goes on without the stock.
      if (error instanceof InsufficientStockError) return false;
      throw error;
    }
  }

  /** Money for an attempt that has ended without any is a provider at odds with itself: only people can settle that. */
  private reportLostMoney(payment: Payment, outcome: ProviderOutcome): void {
    if (payment.isDead && (outcome.status === 'captured' || outcome.status === 'authorised')) {
      this.logger.error(
        `${payment.provider} reports payment ${payment.id} as ${outcome.status}, which is ${payment.status} here`,
      );
    }
  }
}
