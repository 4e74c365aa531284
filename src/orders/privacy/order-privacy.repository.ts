import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** An order as its customer may have it: amounts in minor units, nothing of the payment providers' own. */
export interface ExportedOrder {
  id: string;
  number: string;
  [member: string]: unknown;
}

/** An order that knows its customer no more, with all that mails may have been about. */
export interface ErasedOrder {
  readonly id: string;
  readonly paymentIds: readonly string[];
  readonly refundIds: readonly string[];
}

/** What is left of a name, a street or a town. */
const GONE = '(erased)';
/** How long an order that nobody delivers keeps the address of a person who is gone. */
const DELIVERY_DAYS = 90;

/** What the books need of an address: where tax was due. */
const withoutPerson = (
  column: string,
): string => `CASE WHEN ${column} IS NULL THEN NULL ELSE jsonb_strip_nulls(jsonb_build_object(
  'name', '${GONE}', 'line1', '${GONE}', 'city', '${GONE}', 'region', ${column} -> 'region',
  'countryCode', ${column} -> 'countryCode')) END`;
/** True for an order whose goods are still to reach somebody. */
const IS_TO_BE_DELIVERED = `(o.status IN ('draft', 'pending_payment', 'confirmed', 'on_hold') AND o.fulfilment_status <> 'fulfilled')`;

/** Of the erased orders: a reason may name people, and the history lets go of nothing else. So may notes, which go whole. */
const WITHOUT_WORDS = `forgotten AS (
  UPDATE order_history h SET reason = NULL FROM erased WHERE h.order_id = erased.id AND h.reason IS NOT NULL
), unnoted AS (
  DELETE FROM order_notes n USING erased WHERE n.order_id = erased.id
), unexplained AS (
  UPDATE refunds r SET note = NULL FROM erased WHERE r.order_id = erased.id AND r.note IS NOT NULL
), untold AS (
  UPDATE payment_webhooks w SET body = NULL FROM payments p, erased
  WHERE p.order_id = erased.id AND w.payment_id = p.id AND w.body IS NOT NULL AND w.status = 'processed'
)`;

/** Queries of orders as data of a person. */
@Injectable()
export class OrderPrivacyRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Orders of a user, oldest first, with lines and payments: those of the account, and those that were placed without one under an address
   * that the user has proven to be theirs.
   */
  list(userId: string, after: string | null, limit: number): Promise<ExportedOrder[]> {
    return this.transactions.query(
      `SELECT o.id, o.number::text, o.status, o.payment_status AS "paymentStatus", o.fulfilment_status AS "fulfilmentStatus",
         o.placed_at AS "placedAt", o.email, o.language, o.shipping_address AS "shippingAddress", o.billing_address AS "billingAddress",
         o.customer_note AS note, o.cancel_reason AS "cancelReason", o.currency, o.subtotal_amount::float8 AS subtotal,
         o.discount_total_amount::float8 AS "discountTotal", o.shipping_total_amount::float8 AS "shippingTotal",
         o.tax_total_amount::float8 AS "taxTotal", o.total_amount::float8 AS total,
         (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'unitPrice', l.unit_price_amount,
            'discount', l.discount_amount, 'tax', l.tax_amount, 'total', l.total_amount) ORDER BY l.position)
          FROM order_lines l WHERE l.order_id = o.id) AS lines,
         coalesce((SELECT jsonb_agg(jsonb_build_object('provider', p.provider, 'status', p.status, 'amount', p.amount,
            'captured', p.captured_amount, 'refunded', p.refunded_amount, 'createdAt', p.created_at) ORDER BY p.created_at, p.id)
          FROM payments p WHERE p.order_id = o.id), '[]') AS payments,
         coalesce((SELECT jsonb_agg(jsonb_build_object('text', n.text, 'isForCustomer', n.is_for_customer, 'createdAt', n.created_at) ORDER BY n.id)
          FROM order_notes n WHERE n.order_id = o.id), '[]') AS notes
       FROM orders o
       WHERE o.id IN (
           SELECT id FROM orders WHERE customer_id = $1
           UNION ALL
           SELECT g.id FROM orders g JOIN users u ON lower(g.email) = u.email_canonical
           WHERE u.id = $1 AND u.email_verified_at IS NOT NULL AND g.customer_id IS NULL)
         AND ($2::uuid IS NULL OR o.id > $2)
       ORDER BY o.id LIMIT $3`,
      [userId, after, limit],
    );
  }

  /**
   * Takes the person out of their orders; what is still to be delivered keeps its delivery address.
   *
   * Neither version nor history: nothing of the order's course has changed. The reasons that people typed go from both.
   *
   * @param provenEmail Orders placed without an account under this address are meant too.
   * @returns the orders that were changed.
   */
  erase(userId: string, erasedEmail: string, provenEmail: string | null): Promise<ErasedOrder[]> {
    return this.transactions.query<ErasedOrder>(
      `WITH erased AS (
         UPDATE orders o SET email = $2, request_key = NULL, cancel_reason = NULL, customer_note = NULL, language = NULL,
           billing_address = ${withoutPerson('o.billing_address')},
           shipping_address = CASE WHEN ${IS_TO_BE_DELIVERED} THEN o.shipping_address ELSE ${withoutPerson('o.shipping_address')} END
         WHERE (o.customer_id = $1 OR ($3::text IS NOT NULL AND o.customer_id IS NULL AND lower(o.email) = $3))
           AND (o.email <> $2 OR o.billing_address ->> 'name' <> '${GONE}' OR o.cancel_reason IS NOT NULL OR o.customer_note IS NOT NULL
             OR EXISTS (SELECT FROM order_notes n WHERE n.order_id = o.id))
         RETURNING o.id
       ), ${WITHOUT_WORDS}
       SELECT id, ARRAY(SELECT p.id FROM payments p WHERE p.order_id = erased.id) AS "paymentIds",
         ARRAY(SELECT r.id FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE p.order_id = erased.id) AS "refundIds"
       FROM erased`,
      [userId, erasedEmail, provenEmail],
    );
  }

  /** Takes delivery address and reasons out of up to `limit` orders of erased people that are over, or that nobody delivers. @returns how many. */
  async eraseDelivered(limit: number): Promise<number> {
    const rows = await this.transactions.query(
      `WITH erased AS (
         UPDATE orders o SET cancel_reason = NULL, customer_note = NULL, shipping_address = ${withoutPerson('o.shipping_address')}
         WHERE o.id IN (
           SELECT o.id FROM orders o LEFT JOIN users u ON u.email_canonical = o.email
           WHERE o.email LIKE 'erased-%@erased.invalid'
             AND (o.shipping_address ->> 'name' <> '${GONE}' OR o.cancel_reason IS NOT NULL)
             AND (NOT ${IS_TO_BE_DELIVERED} OR u.erased_at < now() - interval '${DELIVERY_DAYS} days')
           LIMIT $1)
         RETURNING o.id
       ), ${WITHOUT_WORDS}
       SELECT id FROM erased`,
      [limit],
    );
    return rows.length;
  }
}
