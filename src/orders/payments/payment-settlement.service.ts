import { Injectable, Logger } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderChange } from '../entities/order-history-entry.entity.js';
import { OrderEvent } from '../events/order.event.js';
import { OrderHoldings } from '../order-holdings.service.js';
import { type Actor, PROVIDER, SYSTEM } from '../order-status.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Payment } from './entities/payment.entity.js';
import { PaymentEvent, type PaymentEventType } from './events/payment.event.js';
import type { PaymentOperation } from './entities/payment-operation.entity.js';
import type { OperationOutcome, ProviderOutcome } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { giveBack, giveUp, nothingReturned, type PaymentReturn, promiseBack } from './payment-return.js';
import { authorisedBy, isDead, netPaidBy, returnable } from './payment-status.js';
import { PaymentsRepository } from './payments.repository.js';

/** A payment after its outcome has been recorded, with all that the order has been paid. */
export interface Settlement {
  readonly order: Order;
  readonly payment: Payment;
  readonly payments: readonly Payment[];
}

/** A capture or a void, with its payment. */
export interface SettledOperation extends Settlement {
  readonly operation: PaymentOperation;
}

/** Records what providers say, and what follows for the order: money always ends in a confirmed order or goes back. */
@Injectable()
export class PaymentSettlementService {
  private readonly logger = new Logger(PaymentSettlementService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly holdings: OrderHoldings,
    private readonly providers: PaymentProviders,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Records the outcome of an attempt to pay. Safe to repeat, and in any order: what is no news changes nothing.
   *
   * Enough money confirms an order that waits for it (domain.md O3), or, when it pays for all of it, one that has expired if its stock and
   * its uses of promotions can be had again (O6). Money for an order that cannot take it is promised back in the same transaction (O7, O7b). Locks the order, then its
   * payments, then stock, then promotions.
   *
   * @returns order and payments as they are now.
   */
  async record(
    { id, orderId }: { readonly id: string; readonly orderId: string },
    outcome: ProviderOutcome,
    by: Actor,
  ): Promise<Settlement> {
    return this.transactions.run(async () => {
      const settlement = await this.lock(orderId, id);
      const { payment } = settlement;
      const now = new Date();
      if (!payment.apply(outcome, now)) {
        this.reportLostMoney(payment, outcome);
        return settlement;
      }
      const told = new PaymentEvent(`payment.${outcome.status}` satisfies PaymentEventType, payment);
      await this.conclude(settlement, told, by, now);
      return settlement;
    });
  }

  /**
   * Records what the provider says about a capture or a void, or about one that somebody else has recorded already. Money that is captured for
   * an order that has been cancelled meanwhile goes back.
   *
   * @returns order, payments and operation as they are now; null when there is no such operation.
   */
  async recordOperation(
    operationId: string,
    { status, reference, failureCode }: OperationOutcome,
  ): Promise<SettledOperation | null> {
    const orderId = await this.payments.findOrderOfOperation(operationId);
    if (orderId === null) return null;
    return this.transactions.run(async () => {
      const settlement = await this.lockOperation(orderId, operationId);
      const { payment, operation } = settlement;
      if (operation.status !== 'pending' || status === 'pending') return settlement;
      const now = new Date();
      payment.settleOperation(operation, { status, reference, failureCode }, now);
      this.payments.saveOperation(operation);
      const told = new PaymentEvent(toldOf(operation, payment), payment, { operationId });
      // A void that was refused is tried again later, and not at once.
      await this.conclude(settlement, told, PROVIDER, now, status === 'succeeded' || operation.kind === 'capture');
      return settlement;
    });
  }

  /** Claims once more to give up what an order that is over must not hold, after the provider has refused to. */
  async giveUpOwed(paymentId: string): Promise<void> {
    const orderId = await this.payments.findOrderId(paymentId);
    await this.transactions.run(async () => {
      const { order, payment } = await this.lock(orderId!, paymentId);
      if (!payment.isVoidable || (order.status !== 'cancelled' && order.status !== 'expired')) return;
      const returned = nothingReturned();
      giveUp(returned, payment, this.isByHand(payment), new Date());
      this.payments.saveReturn(returned);
      await this.outbox.add(...returned.events);
    });
  }

  /** Locks a payment with its order and the other payments of it, in the open transaction. */
  async lock(orderId: string, paymentId: string): Promise<Settlement> {
    // Asked for at once, and locked one after the other.
    const [order, payments] = await Promise.all([this.orders.lockById(orderId), this.payments.lockAllOf(orderId)]);
    return { order, payments, payment: payments.find(({ id }) => id === paymentId)! };
  }

  /** The same of a capture or a void, and after them itself. */
  async lockOperation(orderId: string, operationId: string): Promise<SettledOperation> {
    const [order, payments] = await Promise.all([this.orders.lockById(orderId), this.payments.lockAllOf(orderId)]);
    const operation = await this.payments.lockOperation(operationId);
    return { order, payments, operation, payment: payments.find(({ id }) => id === operation.paymentId)! };
  }

  /** Saves a locked payment and what its order owes to it, and tells what happened. */
  async save(
    { order, payment, payments }: Settlement,
    type: PaymentEventType,
    about?: Record<string, string>,
  ): Promise<void> {
    this.payments.save(payment);
    if (order.settlePayments(payments)) await this.orders.savePaymentStatus(order);
    await this.outbox.add(new PaymentEvent(type, payment, about));
  }

  /** Books what staff have done by hand with a locked payment, with all that follows from it. */
  book(settlement: Settlement, type: PaymentEventType, about: Record<string, string>, now: Date): Promise<void> {
    return this.conclude(settlement, new PaymentEvent(type, settlement.payment, about), SYSTEM, now);
  }

  /** Saves a payment of which there is news, with all that follows from it. */
  private async conclude(
    { order, payment, payments }: Settlement,
    told: PaymentEvent,
    by: Actor,
    now: Date,
    hasConsequences = true,
  ): Promise<void> {
    const returned = nothingReturned();
    const change = hasConsequences ? await this.follow(order, payment, payments, returned, by, now) : null;
    const isOtherwisePaid = order.settlePayments(payments);
    this.payments.saveReturn({ ...returned, changed: [payment] });
    if (change) this.orders.save(order, change);
    else if (isOtherwisePaid) await this.orders.savePaymentStatus(order);
    const confirmed = change ? [new OrderEvent(change.type, order, change.version)] : [];
    await this.outbox.add(told, ...returned.events, ...confirmed);
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
    const { totalAmount } = order;
    if (order.status === 'pending_payment')
      return authorisedBy(payments) >= totalAmount ? order.confirm(by, now) : null;
    // Parts that were paid before the order expired have been given back, so late money has to pay for all of it.
    if (order.status === 'expired' && payment.authorisedAmount >= totalAmount && (await this.holdings.takeAgain(order)))
      return order.confirm(PROVIDER, now);
    if (order.status === 'expired' || order.status === 'cancelled') {
      Object.assign(returned, giveBack([payment], 'late_payment', now, this.isByHand));
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
    // Without it the others must do: one that an edit has left larger than what is due stays, and gives back what is captured beyond that.
    if (payment.isVoidable && authorisedBy(payments.filter((other) => other !== payment)) >= order.totalAmount) {
      Object.assign(returned, giveBack([payment], 'paid_twice', now, this.isByHand));
      return;
    }
    const excess = Math.min(netPaidBy(payments) - order.totalAmount, returnable(payment));
    if (excess > 0) promiseBack(returned, payment, excess, 'paid_twice', now);
  }

  private readonly isByHand = ({ provider }: Payment): boolean => this.providers.isBookedByHand(provider);

  /** Money for an attempt that has ended without any is a provider at odds with itself: only people can settle that. */
  private reportLostMoney(payment: Payment, outcome: ProviderOutcome): void {
    if (payment.isDead && (outcome.status === 'captured' || outcome.status === 'authorised')) {
      this.logger.error(
        `${payment.provider} reports payment ${payment.id} as ${outcome.status}, which is ${payment.status} here`,
      );
    }
  }
}

/** What is told of a capture or a void that has been begun, or has ended. */
export function toldOf({ kind, status }: PaymentOperation, payment: Payment): PaymentEventType {
  if (status !== 'succeeded') return `payment.${kind}_${status === 'failed' ? 'failed' : 'requested'}`;
  if (kind === 'void') return payment.isDead ? 'payment.voided' : 'payment.released';
  return payment.status === 'captured' ? 'payment.captured' : 'payment.partially_captured';
}
