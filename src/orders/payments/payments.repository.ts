import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { OrderReach } from '../order-access.js';
import { Payment } from './entities/payment.entity.js';
import { Refund } from './entities/refund.entity.js';
import type { PaymentProviderName } from './payment-provider.js';

/** An attempt whose outcome is not known yet. */
export interface UnsettledPayment {
  readonly id: string;
  readonly provider: PaymentProviderName;
  readonly providerKey: string;
}

/** A refund that has been promised and not made. */
export interface PendingRefund {
  readonly id: string;
  readonly provider: PaymentProviderName;
}

/** Every query of payments and refunds. Locks follow the order's lock: first the order, then its payments by id, then refunds. */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async insert(payment: Payment): Promise<void> {
    await this.transactions.manager.insert(Payment, payment);
  }

  async insertRefund(refund: Refund): Promise<void> {
    await this.transactions.manager.insert(Refund, refund);
  }

  /** Locks every payment of a locked order, oldest first. */
  lockAllOf(orderId: string): Promise<Payment[]> {
    return this.transactions.manager.find(Payment, {
      where: { orderId },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Locks a refund of a locked payment. */
  async lockRefund(id: string): Promise<Refund> {
    return this.transactions.manager.findOneOrFail(Refund, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  findRefund(id: string): Promise<Refund | null> {
    return this.transactions.manager.findOneBy(Refund, { id });
  }

  /** The payments of orders that are known to be within reach, oldest first. */
  findAllOf(orderId: string): Promise<Payment[]> {
    return this.transactions.manager.find(Payment, { where: { orderId }, order: { id: 'ASC' } });
  }

  /** Reads a payment; null when there is none, or its order is out of reach. */
  find(id: string, reach: OrderReach): Promise<Payment | null> {
    return this.transactions.manager
      .createQueryBuilder(Payment, 'p')
      .innerJoin('orders', 'o', 'o.id = p.order_id')
      .where('p.id = :id AND (:isStaff OR o.customer_id = :customerId OR (:holdsToken AND o.customer_id IS NULL))', {
        id,
        isStaff: reach.isStaff,
        customerId: reach.customerId,
        holdsToken: reach.holdsToken,
      })
      .getOne();
  }

  /** Which order a payment belongs to; null when there is no such payment. */
  async findOrderId(id: string): Promise<string | null> {
    const [row] = await this.transactions.query<{ orderId: string }>(
      `SELECT order_id AS "orderId" FROM payments WHERE id = $1`,
      [id],
    );
    return row?.orderId ?? null;
  }

  /** Saves a locked payment. */
  async save(payment: Payment): Promise<void> {
    const { id, status, authorisedAmount, capturedAmount, refundPendingAmount, refundedAmount } = payment;
    const { providerReference, failureCode, version, updatedAt } = payment;
    await this.transactions.execute(
      `UPDATE payments SET status = $2, authorised_amount = $3, captured_amount = $4, refund_pending_amount = $5,
         refunded_amount = $6, provider_reference = $7, failure_code = $8, version = $9, updated_at = $10
       WHERE id = $1`,
      [
        id,
        status,
        authorisedAmount,
        capturedAmount,
        refundPendingAmount,
        refundedAmount,
        providerReference,
        failureCode,
        version,
        updatedAt,
      ],
    );
  }

  /** Saves a locked refund. */
  async saveRefund({ id, status, providerReference, attempts, settledAt }: Refund): Promise<void> {
    await this.transactions.execute(
      `UPDATE refunds SET status = $2, provider_reference = $3, attempts = $4, settled_at = $5 WHERE id = $1`,
      [id, status, providerReference, attempts, settledAt],
    );
  }

  /** Attempts begun before `before` whose outcome is open, oldest first. */
  findUnsettled(before: Date, limit: number): Promise<UnsettledPayment[]> {
    return this.transactions.query<UnsettledPayment>(
      `SELECT id, provider, provider_key AS "providerKey" FROM payments
       WHERE status IN ('created', 'processing') AND created_at <= $1 ORDER BY created_at LIMIT $2`,
      [before, limit],
    );
  }

  /** Refunds promised before `before` and not made yet, oldest first. */
  findPendingRefunds(before: Date, limit: number): Promise<PendingRefund[]> {
    return this.transactions.query<PendingRefund>(
      `SELECT refund.id, payment.provider FROM refunds refund JOIN payments payment ON payment.id = refund.payment_id
       WHERE refund.status = 'pending' AND refund.created_at <= $1 ORDER BY refund.created_at LIMIT $2`,
      [before, limit],
    );
  }

  /**
   * Payments with a refund that the provider refused before `before`, on orders that still hold money they must not keep: anything once
   * cancelled or expired, and otherwise what is beyond the total (domain.md section 4).
   */
  async findOwed(before: Date, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT DISTINCT payment.id
       FROM refunds refused
       JOIN payments payment ON payment.id = refused.payment_id
       JOIN orders o ON o.id = payment.order_id
       WHERE refused.status = 'failed' AND refused.settled_at <= $1
         AND payment.captured_amount > payment.refunded_amount + payment.refund_pending_amount
         AND (o.status IN ('cancelled', 'expired') OR o.total_amount <
           (SELECT sum(captured_amount - refunded_amount - refund_pending_amount) FROM payments WHERE order_id = o.id))
         AND NOT EXISTS (SELECT FROM refunds later WHERE later.payment_id = payment.id AND later.settled_at > $1)
       LIMIT $2`,
      [before, limit],
    );
    return rows.map(({ id }) => id);
  }
}
