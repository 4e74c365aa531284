import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import { type Money, sumOf } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Order } from '../entities/order.entity.js';
import { NoCreditAccountError } from '../gift-cards/gift-cards.errors.js';
import type { Payment } from './entities/payment.entity.js';
import type { Refund, RefundDestination, RefundReason } from './entities/refund.entity.js';
import { type OperationOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService } from './payment-settlement.service.js';
import { excessOf, returnable } from './payment-status.js';
import {
  PaymentAmountError,
  PaymentNotFoundError,
  RefundExceedsError,
  RefundNotFoundError,
} from './payments.errors.js';
import { PaymentsRepository, type RefundWithLines } from './payments.repository.js';
import { type AmountOrAll, type RefundedPieces, RefundPromisesService } from './refund-promises.service.js';

/** What staff give back of a payment. */
export interface RefundInput {
  /** All that can be, unless given. */
  readonly amount?: Money;
  /** Pieces of lines instead of an amount. */
  readonly lines?: readonly RefundedPieces[];
  /** What of shipping goes back, instead of an amount. */
  readonly shipping?: AmountOrAll;
  readonly reason: RefundReason;
  readonly note: string | null;
  /** The way it came, unless said. */
  readonly to?: RefundDestination;
}

/** Promises refunds, and makes those that have been promised. */
@Injectable()
export class RefundsService {
  private readonly logger = new Logger(RefundsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly promises: RefundPromisesService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Gives money of a payment back, by amount, or by lines and shipping: promises it, commits, asks the provider, records its answer.
   *
   * Pieces of a line come to their share of its total, so that all of them together come to exactly that. Without an answer the refund is
   * `pending` until the sweep has asked; one that the provider refuses is `failed`. Repeating the same request goes on where the first one died.
   *
   * @throws PaymentNotFoundError; NoCreditAccountError for store credit of an order without an account; RefundExceedsError for more than the payment has, also under any number of requests; RefundLineError for a line
   *   that is not of the order, or more pieces than are left; PaymentAmountError for nothing, or another currency; PaymentProviderNotOfferedError
   *   when its provider is not offered any more.
   */
  async refund(paymentId: string, input: RefundInput, lease: KeyLease): Promise<RefundWithLines> {
    const id = await this.transactions.run(async () => {
      await lease.take();
      const orderId = (await this.payments.findOrderId(paymentId)) ?? raise(new PaymentNotFoundError());
      const { order, payment } = await this.settlement.lock(orderId, paymentId);
      const { requestKey } = lease;
      const earlier = await this.payments.findRefundOf(paymentId, requestKey);
      if (earlier) return earlier.id;
      const { reason, note, to: destination } = input;
      if (destination === 'store_credit' && order.customerId === null) throw new NoCreditAccountError();
      if (destination !== 'store_credit') this.providers.get(payment.provider);
      const shares = await this.promises.sharesOf(order, input.lines ?? []);
      if (input.shipping) shares.push(await this.promises.shippingShareOf(order, input.shipping));
      const limit = { amount: returnable(payment), currency: payment.currency };
      const asked = input.amount ?? limit;
      const { amount, currency } = shares.length > 0 ? { ...limit, amount: sumOf(shares) } : asked;
      if (amount > limit.amount || limit.amount === 0) throw new RefundExceedsError(limit);
      if (amount <= 0 || currency !== limit.currency) throw new PaymentAmountError(limit);
      const about = { note, requestKey, destination };
      const refund = await this.promises.promiseOf(payment, amount, shares, reason, about);
      await this.audit.record({
        action: 'payment.refund',
        target: { type: 'payment', id: paymentId },
        after: { refundId: refund.id, amount, currency, reason, to: refund.destination },
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

  /**
   * Asks the provider for a promised refund and records its answer. Safe to repeat: the refund's id is the provider's key. What goes onto
   * store credit is asked of that, and the provider that took the money knows nothing of it.
   *
   * A refusal frees the amount; what the order must not keep is promised anew by `promiseOwed`.
   *
   * @throws ProviderUnreachableError when there is no answer; the refund stays pending, and asking again is safe.
   */
  async execute(refundId: string): Promise<void> {
    const asked = await this.begin(refundId);
    if (!asked) return;
    const { refund, payment, order } = asked;
    const isCredited = refund.destination === 'store_credit';
    const request = {
      key: refund.id,
      chargeReference: isCredited ? null : payment.providerReference,
      customerId: isCredited ? order.customerId! : undefined,
    };
    const amount = { amount: refund.amount, currency: refund.currency };
    const outcome = await this.providers.call(
      isCredited ? 'store_credit' : payment.provider,
      async (provider, signal) => {
        const known = refund.attempts > 1 ? await provider.retrieveOperation('refund', request, signal) : null;
        return known ?? (await provider.refund({ ...request, amount }, signal));
      },
    );
    await this.record(refundId, outcome);
  }

  /** Promises once more what an order must not keep of a payment, after the provider has refused to give it back. */
  async promiseOwed(paymentId: string): Promise<void> {
    await this.transactions.run(async () => {
      const orderId = await this.payments.findOrderId(paymentId);
      const { order, payment, payments } = await this.settlement.lock(orderId!, paymentId);
      const isOver = order.status === 'cancelled' || order.status === 'expired';
      const beyond = isOver ? returnable(payment) : excessOf(order.totalAmount, payments);
      const owed = Math.min(beyond, returnable(payment));
      if (owed > 0) await this.promises.promiseOf(payment, owed, [], isOver ? 'order_cancelled' : 'paid_twice');
    });
  }

  /** Counts the attempt, before it is made. @returns null when there is nothing left to do. */
  private begin(refundId: string): Promise<{ refund: Refund; payment: Payment; order: Order } | null> {
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
      const { payment, refund } = locked;
      payment.settleRefund(refund, { status, reference, failureCode }, new Date());
      this.payments.saveRefund(refund);
      const type = status === 'succeeded' ? 'payment.refunded' : 'payment.refund_failed';
      await this.settlement.save(locked, type, { refundId: refund.id });
      return payment.id;
    });
  }

  /** Locks in the one order: order, payments, refund. */
  private async lock(refundId: string) {
    const found = await this.payments.findRefund(refundId);
    if (!found) return null;
    const settlement = await this.settlement.lock(found.orderId, found.paymentId);
    return { ...settlement, refund: await this.payments.lockRefund(refundId) };
  }
}
