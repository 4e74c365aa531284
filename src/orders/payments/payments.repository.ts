import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { EntityRows } from '../../database/entity-rows.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { OrderReach } from '../order-access.js';
import { Payment } from './entities/payment.entity.js';
import { PaymentOperation } from './entities/payment-operation.entity.js';
import { Refund, RefundLine } from './entities/refund.entity.js';
import type { PaymentReturn } from './payment-return.js';
import type { PaymentStatus } from './payment-status.js';
import type { PaymentProviderName } from './provider-list.js';

/** An attempt whose outcome is not known yet. */
export interface UnsettledPayment {
  readonly id: string;
  readonly orderId: string;
  readonly provider: PaymentProviderName;
  readonly providerKey: string;
  readonly status: PaymentStatus;
  readonly createdAt: Date;
  /** What was asked for, in minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly capturesLater: boolean;
  readonly providerReference: string | null;
}

const KNOWN = `provider_key AS "providerKey", amount::float8 AS amount, currency, captures_later AS "capturesLater",
  provider_reference AS "providerReference"`;

/** A refund, a capture or a void that has been begun and not made. */
export interface PendingWork {
  readonly id: string;
  readonly provider: PaymentProviderName;
}

/** A refund of a payment, with the lines it is for. */
export type RefundWithLines = Refund & { readonly lines: readonly RefundLine[] };

/** Every query of payments and refunds. Locks follow the order's lock: first the order, then its payments by id, then refunds. */
@Injectable()
export class PaymentsRepository {
  private readonly rows: EntityRows<Payment>;
  private readonly refundRows: EntityRows<Refund>;
  private readonly refundLineRows: EntityRows<RefundLine>;
  private readonly operationRows: EntityRows<PaymentOperation>;

  constructor(private readonly transactions: TransactionRunner) {
    this.rows = transactions.rowsOf(Payment);
    this.refundRows = transactions.rowsOf(Refund);
    this.refundLineRows = transactions.rowsOf(RefundLine);
    this.operationRows = transactions.rowsOf(PaymentOperation);
  }

  insert(payment: Payment): void {
    this.transactions.write(...this.rows.insert(payment));
  }

  insertRefund(refund: Refund, lines: readonly RefundLine[] = []): void {
    this.transactions.write(...this.refundRows.insert(refund));
    for (const line of lines) this.transactions.write(...this.refundLineRows.insert(line));
  }

  insertOperation(operation: PaymentOperation): void {
    this.transactions.write(...this.operationRows.insert(operation));
  }

  /** Saves a locked capture or void. */
  saveOperation(operation: PaymentOperation): void {
    this.transactions.write(...this.operationRows.update(operation));
  }

  /** Saves locked payments that have been given back, with what that promises. */
  saveReturn({ changed, refunds, operations }: Omit<PaymentReturn, 'events'>): void {
    for (const payment of new Set(changed)) this.save(payment);
    for (const refund of refunds) this.insertRefund(refund);
    for (const operation of operations) this.insertOperation(operation);
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
      .where(
        `p.id = :id AND (:isStaff OR o.customer_id = :customerId OR (:holdsToken AND (o.customer_id IS NULL OR o.origin = 'staff')))`,
        {
          id,
          isStaff: reach.isStaff,
          customerId: reach.customerId,
          holdsToken: reach.holdsToken,
        },
      )
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

  /** Attempts that were begun, and last asked about, before `before`, and whose outcome is open; longest waiting first. */
  findUnsettled(before: Date, limit: number): Promise<UnsettledPayment[]> {
    return this.transactions.query<UnsettledPayment>(
      `SELECT id, order_id AS "orderId", provider, ${KNOWN}, status, created_at AS "createdAt" FROM payments
       WHERE status IN ('created', 'requires_action', 'processing') AND created_at <= $1 AND (asked_at IS NULL OR asked_at <= $1)
       ORDER BY coalesce(asked_at, created_at) LIMIT $2`,
      [before, limit],
    );
  }

  /** Authorisations of a provider that are older than it holds them, and of which nothing is under way; longest waiting first. */
  findHeldTooLong(
    provider: PaymentProviderName,
    createdBefore: Date,
    askedBefore: Date,
    limit: number,
  ): Promise<UnsettledPayment[]> {
    return this.transactions.query<UnsettledPayment>(
      `SELECT id, order_id AS "orderId", provider, ${KNOWN}, status, created_at AS "createdAt" FROM payments
       WHERE status IN ('authorised', 'partially_captured') AND provider = $1 AND created_at <= $2
         AND (asked_at IS NULL OR asked_at <= $3) AND claimed_amount = 0
       ORDER BY coalesce(asked_at, created_at) LIMIT $4`,
      [provider, createdBefore, askedBefore, limit],
    );
  }

  /** Remembers that the provider has been asked; no change of the payment. */
  async markAsked(id: string, now: Date): Promise<void> {
    await this.transactions.execute(`UPDATE payments SET asked_at = $2 WHERE id = $1`, [id, now]);
  }

  /** Refunds promised before `before` and not made yet, oldest first. */
  findPendingRefunds(before: Date, limit: number): Promise<PendingWork[]> {
    return this.findPending('refunds', before, limit);
  }

  /** Captures and voids claimed before `before` and not made yet, oldest first. */
  findPendingOperations(before: Date, limit: number): Promise<PendingWork[]> {
    return this.findPending('payment_operations', before, limit);
  }

  private findPending(table: string, before: Date, limit: number): Promise<PendingWork[]> {
    return this.transactions.query<PendingWork>(
      `SELECT work.id, payment.provider FROM ${table} work JOIN payments payment ON payment.id = work.payment_id
       WHERE work.status = 'pending' AND work.created_at <= $1 ORDER BY work.created_at LIMIT $2`,
      [before, limit],
    );
  }

  /** Captures and voids of one payment that are under way, oldest first. */
  async findOperationsUnderWay(paymentId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT id FROM payment_operations WHERE payment_id = $1 AND status = 'pending' ORDER BY created_at, id`,
      [paymentId],
    );
    return rows.map(({ id }) => id);
  }

  /** Minor units that captures of an order are about to take. */
  async sumOfCapturesUnderWay(orderId: string): Promise<number> {
    const row = await this.transactions.queryOne<{ amount: number }>(
      `SELECT coalesce(sum(o.amount), 0)::float8 AS amount FROM payment_operations o JOIN payments p ON p.id = o.payment_id
       WHERE p.order_id = $1 AND o.kind = 'capture' AND o.status = 'pending'`,
      [orderId],
    );
    return row!.amount;
  }

  findOperation(id: string): Promise<PaymentOperation | null> {
    return this.transactions.manager.findOneBy(PaymentOperation, { id });
  }

  /** The capture or void that a request has begun already, if any. */
  findOperationOf(paymentId: string, requestKey: string): Promise<PaymentOperation | null> {
    return this.transactions.manager.findOneBy(PaymentOperation, { paymentId, requestKey });
  }

  /** Locks a capture or void of a locked payment. */
  lockOperation(id: string): Promise<PaymentOperation> {
    return this.transactions.manager.findOneOrFail(PaymentOperation, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Which order a capture or void belongs to; null when there is no such thing. */
  async findOrderOfOperation(id: string): Promise<string | null> {
    const row = await this.transactions.queryOne<{ orderId: string }>(
      `SELECT p.order_id AS "orderId" FROM payment_operations o JOIN payments p ON p.id = o.payment_id WHERE o.id = $1`,
      [id],
    );
    return row?.orderId ?? null;
  }

  /** The refund that a request has asked for already, if any. */
  findRefundOf(paymentId: string, requestKey: string): Promise<Refund | null> {
    return this.transactions.manager.findOneBy(Refund, { paymentId, requestKey });
  }

  /** The refunds of payments that are known to be within reach, oldest first, with their lines. */
  async findRefunds(
    where: { paymentId: string } | { id: string } | { returnIds: readonly string[] },
  ): Promise<RefundWithLines[]> {
    const found = 'returnIds' in where ? { returnId: In(where.returnIds) } : where;
    const refunds = await this.transactions.manager.find(Refund, { where: found, order: { id: 'ASC' } });
    const ids = refunds.map(({ id }) => id);
    const lines = ids.length > 0 ? await this.transactions.manager.findBy(RefundLine, { refundId: In(ids) }) : [];
    return refunds.map((refund) =>
      Object.assign(refund, { lines: lines.filter(({ refundId }) => refundId === refund.id) }),
    );
  }

  /** The payment that a provider knows under this key. */
  findByProviderKey(provider: PaymentProviderName, providerKey: string): Promise<Payment | null> {
    return this.transactions.manager.findOneBy(Payment, { provider, providerKey });
  }

  /** Payments of orders that are over with an authorisation that the provider refused before `before` to give up. */
  async findOwedVoids(before: Date, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT payment.id FROM payments payment JOIN orders o ON o.id = payment.order_id
       WHERE payment.status IN ('authorised', 'partially_captured') AND payment.claimed_amount = 0
         AND o.status IN ('cancelled', 'expired')
         AND NOT EXISTS (SELECT FROM payment_operations later WHERE later.payment_id = payment.id AND later.settled_at > $1)
       LIMIT $2`,
      [before, limit],
    );
    return rows.map(({ id }) => id);
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
           (SELECT sum(captured_amount - excess_returned_amount) FROM payments WHERE order_id = o.id))
         AND NOT EXISTS (SELECT FROM refunds later WHERE later.payment_id = payment.id AND later.settled_at > $1)
       LIMIT $2`,
      [before, limit],
    );
    return rows.map(({ id }) => id);
  }
}
