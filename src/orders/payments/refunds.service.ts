import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import type { Money } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Payment } from './entities/payment.entity.js';
import type { Refund, RefundLine, RefundReason } from './entities/refund.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { type OperationOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { netPaidBy, returnable } from './payment-status.js';
import {
  PaymentAmountError,
  PaymentNotFoundError,
  RefundExceedsError,
  RefundLineError,
  RefundNotFoundError,
} from './payments.errors.js';
import { PaymentsRepository, type RefundWithLines } from './payments.repository.js';

/** What staff give back of a payment. */
export interface RefundInput {
  /** All that can be, unless given. */
  readonly amount?: Money;
  /** Pieces of lines instead of an amount. */
  readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly reason: RefundReason;
  readonly note: string | null;
}

/** Promises refunds, and makes those that have been promised. */
@Injectable()
export class RefundsService {
  private readonly logger = new Logger(RefundsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Gives money of a payment back, by amount or by lines: promises it, commits, asks the provider, records its answer.
   *
   * Pieces of a line come to their share of its total, so that all of them together come to exactly that. Without an answer the refund is
   * `pending` until the sweep has asked; one that the provider refuses is `failed`. Repeating the same request goes on where the first one died.
   *
   * @throws PaymentNotFoundError; RefundExceedsError for more than the payment has, also under any number of requests; RefundLineError for a line
   *   that is not of the order, or more pieces than are left; PaymentAmountError for nothing, or another currency; PaymentProviderNotOfferedError
   *   when its provider is not offered any more.
   */
  async refund(paymentId: string, input: RefundInput, lease: KeyLease): Promise<RefundWithLines> {
    const id = await this.transactions.run(async () => {
      await lease.take();
      const orderId = (await this.payments.findOrderId(paymentId)) ?? raise(new PaymentNotFoundError());
      const order = await this.orders.lockById(orderId);
      const payment = (await this.payments.lockAllOf(orderId)).find(({ id }) => id === paymentId)!;
      const earlier = await this.payments.findRefundOf(paymentId, lease.requestKey);
      if (earlier) return earlier.id;
      this.providers.get(payment.provider);
      const lines = await this.linesOf(order.id, input.lines ?? []);
      const limit = { amount: returnable(payment), currency: payment.currency };
      const { amount, currency } = input.lines ? { ...limit, amount: sumOf(lines) } : (input.amount ?? limit);
      if (amount > limit.amount || limit.amount === 0) throw new RefundExceedsError(limit);
      if (amount <= 0 || currency !== limit.currency) throw new PaymentAmountError(limit);
      const { reason, note } = input;
      const refund = payment.promiseRefund(amount, reason, new Date(), { note, requestKey: lease.requestKey });
      this.payments.save(payment);
      this.payments.insertRefund(
        refund,
        lines.map((line) => ({ ...line, refundId: refund.id })),
      );
      await this.outbox.add(new PaymentEvent('payment.refund_requested', payment, { refundId: refund.id }));
      await this.audit.record({
        action: 'payment.refund',
        target: { type: 'payment', id: paymentId },
        after: { refundId: refund.id, amount, currency, reason },
      });
      return refund.id;
    });
    try {
      await this.execute(id);
    } catch (error) {
      if (!(error instanceof ProviderUnreachableError)) throw error;
      this.logger.warn(`refund ${id} has no outcome yet: ${error.message}`);
    }
    return (await this.payments.findRefunds({ id }))[0]!;
  }

  /** The refunds of a payment, oldest first. */
  list(paymentId: string): Promise<RefundWithLines[]> {
    return this.payments.findRefunds({ paymentId });
  }

  /** @throws RefundNotFoundError */
  async get(id: string): Promise<RefundWithLines> {
    const [refund] = await this.payments.findRefunds({ id });
    return refund ?? raise(new RefundNotFoundError());
  }

  /** What the pieces come to: their share of what the line comes to, less what has been given back of it. */
  private async linesOf(
    orderId: string,
    asked: NonNullable<RefundInput['lines']>,
  ): Promise<Pick<RefundLine, 'orderLineId' | 'quantity' | 'amount'>[]> {
    if (asked.length === 0) return [];
    const lines = await this.orders.findLines([orderId]);
    const refunded = await this.payments.findRefundedLines(orderId);
    return asked.map(({ lineId, quantity }, index) => {
      const line = lines.find(({ id }) => id === lineId) ?? raise(new RefundLineError(index, null));
      const before = refunded.get(lineId) ?? { quantity: 0, amount: 0 };
      const left = line.quantity - before.quantity;
      if (quantity > left) throw new RefundLineError(index, left);
      const share = shareOf(line.totalAmount, line.quantity, before.quantity + quantity);
      return { orderLineId: lineId, quantity, amount: Math.max(share - before.amount, 0) };
    });
  }

  /**
   * Asks the provider for a promised refund and records its answer. Safe to repeat: the refund's id is the provider's key.
   *
   * A refusal frees the amount; what the order must not keep is promised anew by `promiseOwed`.
   *
   * @throws ProviderUnreachableError when there is no answer; the refund stays pending, and asking again is safe.
   */
  async execute(refundId: string): Promise<void> {
    const asked = await this.begin(refundId);
    if (!asked) return;
    const { refund, payment } = asked;
    const request = { key: refund.id, chargeReference: payment.providerReference };
    const amount = { amount: refund.amount, currency: refund.currency };
    const outcome = await this.providers.call(payment.provider, async (provider, signal) => {
      const known = refund.attempts > 1 ? await provider.retrieveOperation('refund', request, signal) : null;
      return known ?? (await provider.refund({ ...request, amount }, signal));
    });
    await this.record(refundId, outcome);
  }

  /** Promises once more what an order must not keep of a payment, after the provider has refused to give it back. */
  async promiseOwed(paymentId: string): Promise<void> {
    await this.transactions.run(async () => {
      const orderId = await this.payments.findOrderId(paymentId);
      const order = await this.orders.lockById(orderId!);
      const payments = await this.payments.lockAllOf(order.id);
      const payment = payments.find(({ id }) => id === paymentId)!;
      const isOver = order.status === 'cancelled' || order.status === 'expired';
      const beyond = isOver ? returnable(payment) : netPaidBy(payments) - order.totalAmount;
      const owed = Math.min(beyond, returnable(payment));
      if (owed <= 0) return;
      const refund = payment.promiseRefund(owed, isOver ? 'order_cancelled' : 'paid_twice', new Date());
      this.payments.save(payment);
      this.payments.insertRefund(refund);
      await this.outbox.add(new PaymentEvent('payment.refund_requested', payment, { refundId: refund.id }));
    });
  }

  /** Counts the attempt, before it is made. @returns null when there is nothing left to do. */
  private begin(refundId: string): Promise<{ refund: Refund; payment: Payment } | null> {
    return this.transactions.run(async () => {
      const locked = await this.lock(refundId);
      if (locked?.refund.status !== 'pending') return null;
      locked.refund.attempts += 1;
      this.payments.saveRefund(locked.refund);
      return locked;
    });
  }

  /**
   * Records what the provider says about a refund; nothing, when it is decided already.
   *
   * @returns the payment that it is of; null when there is no such refund.
   */
  async record(refundId: string, { status, reference, failureCode }: OperationOutcome): Promise<string | null> {
    return this.transactions.run(async () => {
      const locked = await this.lock(refundId);
      if (locked?.refund.status !== 'pending' || status === 'pending') return locked?.payment.id ?? null;
      const { order, payments, payment, refund } = locked;
      payment.settleRefund(refund, { status, reference, failureCode }, new Date());
      this.payments.save(payment);
      this.payments.saveRefund(refund);
      if (order.settlePayments(payments)) await this.orders.savePaymentStatus(order);
      const type = status === 'succeeded' ? 'payment.refunded' : 'payment.refund_failed';
      await this.outbox.add(new PaymentEvent(type, payment, { refundId: refund.id }));
      return payment.id;
    });
  }

  /** Locks in the one order: order, payments, refund. */
  private async lock(refundId: string) {
    const found = await this.payments.findRefund(refundId);
    if (!found) return null;
    const order = await this.orders.lockById(found.orderId);
    const payments = await this.payments.lockAllOf(order.id);
    const refund = await this.payments.lockRefund(refundId);
    return { order, payments, payment: payments.find(({ id }) => id === refund.paymentId)!, refund };
  }
}

/** What the first `pieces` of a line come to, when its total is split over all of them by largest remainder (domain.md M4). */
export function shareOf(total: number, quantity: number, pieces: number): number {
  return Math.floor(total / quantity) * pieces + Math.min(pieces, total % quantity);
}

function sumOf(lines: readonly { readonly amount: number }[]): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0);
}
