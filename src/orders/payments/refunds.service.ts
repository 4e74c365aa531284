import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Payment } from './entities/payment.entity.js';
import type { Refund } from './entities/refund.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import type { OperationOutcome } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { netPaidBy, returnable } from './payment-status.js';
import { PaymentsRepository } from './payments.repository.js';

/** Makes the refunds that have been promised. */
@Injectable()
export class RefundsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly outbox: Outbox,
  ) {}

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
    const outcome = await this.providers.call(payment.provider, (provider, signal) =>
      provider.refund(
        {
          key: refund.id,
          chargeReference: payment.providerReference,
          amount: { amount: refund.amount, currency: refund.currency },
        },
        signal,
      ),
    );
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

  private async record(refundId: string, { status, reference }: OperationOutcome): Promise<void> {
    if (status === 'pending') return;
    await this.transactions.run(async () => {
      const locked = await this.lock(refundId);
      if (locked?.refund.status !== 'pending') return;
      const { order, payments, payment, refund } = locked;
      payment.settleRefund(refund, status, reference, new Date());
      this.payments.save(payment);
      this.payments.saveRefund(refund);
      if (order.settlePayments(payments)) await this.orders.savePaymentStatus(order);
      const type = status === 'succeeded' ? 'payment.refunded' : 'payment.refund_failed';
      await this.outbox.add(new PaymentEvent(type, payment, { refundId: refund.id }));
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
