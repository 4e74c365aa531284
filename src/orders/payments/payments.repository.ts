import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { EntityRows } from '../../database/entity-rows.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { OrderReach } from '../order-access.js';
import { Payment } from './entities/payment.entity.js';
import { Refund } from './entities/refund.entity.js';
import type { PaymentProviderName } from './provider-list.js';

/** An attempt whose outcome is not known yet. */
export interface UnsettledPayment {
  readonly id: string;
  readonly orderId: string;
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
  private readonly rows: EntityRows<Payment>;
  private readonly refundRows: EntityRows<Refund>;

  constructor(private readonly transactions: TransactionRunner) {
    this.rows = transactions.rowsOf(Payment);
    this.refundRows = transactions.rowsOf(Refund);
  }

  insert(payment: Payment): void {
    this.transactions.write(...this.rows.insert(payment));
  }

  insertRefund(refund: Refund): void {
    this.transactions.write(...this.refundRows.insert(refund));
  }

  /** Saves a locked payment. */
  save(payment: Payment): void {
    this.transactions.write(...this.rows.update(payment));
  }

  /** Saves a locked refund. */
  saveRefund(refund: Refund): void {
    this.transactions.write(...this.refundRows.update(refund));
  }

  /** Locks every payment of a locked order, oldest first. */
  async lockAllOf(orderId: string): Promise<Payment[]> {
    const rows = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.rows.columns('p')} FROM payments p WHERE p.order_id = $1 ORDER BY p.id FOR UPDATE`,
      [orderId],
    );
    return rows.map((row) => this.rows.read(row));
  }

  /** Locks a refund of a locked payment. */
  async lockRefund(id: string): Promise<Refund> {
    return this.transactions.manager.findOneOrFail(Refund, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  findRefund(id: string): Promise<Refund | null> {
    return this.transactions.manager.findOneBy(Refund, { id });
  }

  /** The payments of orders that are known to be within reach, oldest first. */
  findAllOf(...orderIds: string[]): Promise<Payment[]> {
    const [orderId] = orderIds;
    return this.transactions.manager.find(Payment, {
      where: { orderId: orderIds.length === 1 ? orderId : In(orderIds) },
      order: { id: 'ASC' },
    });
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

  /** Attempts begun before `before` whose outcome is open, oldest first. */
  findUnsettled(before: Date, limit: number): Promise<UnsettledPayment[]> {
    return this.transactions.query<UnsettledPayment>(
      `SELECT id, order_id AS "orderId", provider, provider_key AS "providerKey" FROM payments
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
