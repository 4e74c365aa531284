import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Money } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Order } from '../entities/order.entity.js';
import { Payment } from '../payments/entities/payment.entity.js';
import { dueOf } from '../payments/payment-status.js';

/** An order whose customer is to hear that it waits. */
export interface AwaitedOrderRow {
  readonly id: string;
  /** The attempt to pay that failed and that nobody has repeated; null when there was none. */
  readonly failedPaymentId: string | null;
}

/** What of an order's money goes back because the order ended, in minor units. */
export interface ReturnedAmounts {
  readonly returned: number;
  readonly released: number;
}

/** A refund, for the mail about it. */
export interface RefundNote {
  readonly orderId: string;
  readonly amount: Money;
  readonly reason: string;
  /** What has it now: the customer's bank, a gift card, or their store credit. */
  readonly goesTo: 'bank' | 'gift_card' | 'store_credit';
}

/** Parameters: since when an order must have waited, and how many are wanted. */
const AWAITED = `SELECT o.id, failed.id AS "failedPaymentId"
       FROM orders o LEFT JOIN LATERAL (
         SELECT p.id, p.updated_at FROM payments p WHERE p.order_id = o.id AND p.status = 'failed' ORDER BY p.id DESC LIMIT 1
       ) AS failed ON true
       WHERE o.status = 'pending_payment' AND o.expires_at > now() AND o.placed_at <= $1
         AND o.email NOT LIKE 'erased-%@erased.invalid'
         AND (failed.id IS NULL OR (failed.updated_at <= $1 AND NOT EXISTS (
           SELECT FROM payments p WHERE p.order_id = o.id AND p.status IN ('created', 'requires_action', 'processing'))))
         AND NOT EXISTS (
           SELECT FROM mails m WHERE m.dedupe_key = coalesce('payment.failed:' || failed.id, 'order.placed:' || o.id))
       ORDER BY o.id LIMIT $2`;

/** Queries of mails about orders. */
@Injectable()
export class OrderMailsRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    @InjectRepository(Payment) private readonly payments: Repository<Payment>,
  ) {}

  async isAnyAwaited(before: Date): Promise<boolean> {
    return (await this.transactions.query(AWAITED, [before, 1])).length > 0;
  }

  /**
   * Locks up to `limit` orders that have waited for their payment since before `before`, or for another attempt since one failed, and whose
   * customer has not been told and is not erased. Set-based, by the index of what can expire; what another worker holds is left to it.
   *
   * Once an attempt has failed, only that is told: the order was placed, the customer knows.
   */
  lockAwaited(before: Date, limit: number): Promise<AwaitedOrderRow[]> {
    return this.transactions.query<AwaitedOrderRow>(`${AWAITED} FOR NO KEY UPDATE OF o SKIP LOCKED`, [before, limit]);
  }

  /** What goes back of a cancelled order: captured money that was promised back, and authorisations that were given up, or are to be. */
  async findReturned(orderId: string): Promise<ReturnedAmounts> {
    const row = await this.transactions.queryOne<ReturnedAmounts>(
      `SELECT coalesce((SELECT sum(r.amount) FROM payments p JOIN refunds r ON r.payment_id = p.id
           WHERE p.order_id = $1 AND r.reason = 'order_cancelled' AND r.status <> 'failed'), 0)::float8 AS returned,
         coalesce((SELECT sum(CASE WHEN p.status = 'voided' THEN p.authorised_amount ELSE given.amount END)
           FROM payments p LEFT JOIN payment_operations given
             ON given.payment_id = p.id AND given.kind = 'void' AND given.status = 'pending'
           WHERE p.order_id = $1), 0)::float8 AS released`,
      [orderId],
    );
    return row!;
  }

  /** Minor units that are still to be paid of an order. */
  async findDue(orderId: string): Promise<number> {
    const order = await this.orders.findOneByOrFail({ id: orderId });
    return dueOf(order.totalAmount, await this.payments.findBy({ orderId }));
  }

  /** The language that a customer has chosen for their account. */
  async findLocaleOf(customerId: string): Promise<string | null> {
    const row = await this.transactions.queryOne<{ locale: string | null }>(`SELECT locale FROM users WHERE id = $1`, [
      customerId,
    ]);
    return row?.locale ?? null;
  }

  findRefund(id: string): Promise<RefundNote | null> {
    return this.transactions.queryOne<RefundNote>(
      `SELECT r.order_id AS "orderId", json_build_object('amount', r.amount, 'currency', r.currency) AS amount, r.reason,
         CASE WHEN r.destination = 'store_credit' OR p.provider = 'store_credit' THEN 'store_credit'
           WHEN p.provider = 'gift_card' THEN 'gift_card' ELSE 'bank' END AS "goesTo"
       FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.id = $1`,
      [id],
    );
  }
}
