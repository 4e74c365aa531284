import { LEDGER_RULES } from './ledger-rules.js';
import { PROMOTION_USE_RULES } from './promotion-use-rules.js';

/** One rule of domain.md section 7, and the statement that finds the rows from id $1 on that break it. */
export interface VerifiedRule {
  readonly id: string;
  readonly title: string;
  readonly sql: string;
}

/** What has an event for each of its versions; features that a shop adds may keep it otherwise. */
const TOLD_WHOLLY = [
  ...['order', 'order_note', 'payment', 'fulfilment', 'return', 'invoice', 'gift_card', 'store_credit'],
  ...['product', 'category', 'stock', 'variant', 'promotion', 'shipping_method', 'tax_rate'],
  ...['user', 'address', 'consent', 'customer_group', 'role', 'invite', 'api_key', 'webhook_endpoint'],
];

/** What is recomputed on a live database. Each statement sees one moment, so traffic meanwhile does no harm. */
export const VERIFIED_RULES: readonly VerifiedRule[] = [
  {
    id: 'S1',
    title: 'stock and what is reserved of it are within bounds',
    sql: `SELECT variant_id, location_id, on_hand, reserved FROM stock
      WHERE variant_id >= $1 AND (on_hand < 0 OR reserved < 0 OR reserved > on_hand)`,
  },
  {
    id: 'S2a',
    title: 'stock on hand is the sum of its movements',
    sql: `SELECT s.variant_id, s.location_id, s.on_hand, coalesce(sum(m.on_hand_delta), 0) AS moved
      FROM stock s LEFT JOIN inventory_movements m USING (variant_id, location_id)
      WHERE s.variant_id >= $1
      GROUP BY s.variant_id, s.location_id, s.on_hand HAVING s.on_hand <> coalesce(sum(m.on_hand_delta), 0)`,
  },
  {
    id: 'S2b',
    title: 'reserved stock is the sum of the open reservations',
    sql: `SELECT s.variant_id, s.location_id, s.reserved, coalesce(sum(r.quantity), 0) AS held
      FROM stock s
      LEFT JOIN reservations r ON r.variant_id = s.variant_id AND r.location_id = s.location_id AND r.status = 'open'
      WHERE s.variant_id >= $1
      GROUP BY s.variant_id, s.location_id, s.reserved HAVING s.reserved <> coalesce(sum(r.quantity), 0)`,
  },
  {
    id: 'S3',
    title: 'an order that goes on holds what it ordered and what is not shipped',
    sql: `SELECT o.id AS order_id, o.status, l.ordered, coalesce(r.held, 0) AS held FROM orders o
      JOIN (SELECT order_id, coalesce(sum(quantity - cancelled_quantity - fulfilled_quantity) FILTER (WHERE variant_id IS NOT NULL), 0) AS ordered
          FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
      LEFT JOIN (SELECT order_id, sum(quantity) AS held FROM reservations WHERE status = 'open' GROUP BY order_id) r
        ON r.order_id = o.id
      WHERE o.id >= $1 AND o.origin <> 'import' AND o.status IN ('pending_payment', 'confirmed', 'on_hold')
        AND coalesce(r.held, 0) <> l.ordered`,
  },
  {
    id: 'S4a',
    title: 'the shipped and the delivered pieces of a line are those of its fulfilments',
    sql: `SELECT l.id AS line_id, l.fulfilled_quantity, l.delivered_quantity, coalesce(f.shipped, 0) AS shipped, coalesce(f.delivered, 0) AS delivered
      FROM orders o JOIN order_lines l ON l.order_id = o.id
      LEFT JOIN (SELECT p.order_line_id, sum(p.quantity) FILTER (WHERE f.status IN ('shipped', 'delivered')) AS shipped,
          sum(p.quantity) FILTER (WHERE f.status = 'delivered') AS delivered
        FROM fulfilment_lines p JOIN fulfilments f ON f.id = p.fulfilment_id GROUP BY p.order_line_id) f ON f.order_line_id = l.id
      WHERE o.id >= $1 AND o.origin <> 'import'
        AND (l.fulfilled_quantity, l.delivered_quantity) <> (coalesce(f.shipped, 0), coalesce(f.delivered, 0))`,
  },
  {
    id: 'S4b',
    title: 'what is cancelled, shipped or about to be is no more than what was ordered',
    sql: `SELECT l.id AS line_id, l.quantity, l.cancelled_quantity, l.fulfilled_quantity, sum(p.quantity) AS pending
      FROM order_lines l JOIN fulfilment_lines p ON p.order_line_id = l.id JOIN fulfilments f ON f.id = p.fulfilment_id
      WHERE l.order_id >= $1 AND f.status = 'pending'
      GROUP BY l.id HAVING l.cancelled_quantity + l.fulfilled_quantity + sum(p.quantity) > l.quantity`,
  },
  {
    id: 'S4c',
    title: 'what a reservation has shipped is what its order has sold from there',
    sql: `SELECT r.order_id, r.variant_id, r.location_id, r.shipped_quantity, coalesce(m.sold, 0) AS sold FROM reservations r
      LEFT JOIN (SELECT order_id, variant_id, location_id, -sum(on_hand_delta) AS sold FROM inventory_movements
          WHERE reason = 'sale' GROUP BY order_id, variant_id, location_id) m USING (order_id, variant_id, location_id)
      WHERE r.order_id >= $1 AND r.shipped_quantity <> coalesce(m.sold, 0)`,
  },
  {
    id: 'S5',
    title: 'an order that is over holds no stock, and nothing waits to be shipped',
    sql: `SELECT o.id AS order_id, o.status FROM orders o
      WHERE o.id >= $1 AND o.status IN ('cancelled', 'expired', 'completed')
        AND (EXISTS (SELECT FROM reservations r WHERE r.order_id = o.id AND r.status = 'open')
          OR EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND f.status = 'pending'))`,
  },
  {
    id: 'S4',
    title:
      'what has come back of a line is what its returns have received, and with what is to come no more than was shipped',
    sql: `SELECT l.id AS line_id, l.fulfilled_quantity, l.returned_quantity, coalesce(r.back, 0) AS back, coalesce(r.coming, 0) AS coming
      FROM order_lines l LEFT JOIN (
        SELECT line.order_line_id, sum(line.sellable_quantity + line.damaged_quantity) AS back,
          coalesce(sum(line.quantity) FILTER (WHERE ret.status IN ('requested', 'approved')), 0) AS coming
        FROM returns ret JOIN return_lines line ON line.return_id = ret.id GROUP BY line.order_line_id) r ON r.order_line_id = l.id
      WHERE l.order_id >= $1 AND (l.returned_quantity <> coalesce(r.back, 0)
        OR l.returned_quantity + coalesce(r.coming, 0) > l.fulfilled_quantity)`,
  },
  {
    id: 'M1a',
    title:
      'a payment returns at most what it captured, captures at most what is authorised, and authorises at most its amount',
    sql: `SELECT id AS payment_id FROM payments WHERE order_id >= $1 AND NOT (0 <= refunded_amount + refund_pending_amount
      AND refunded_amount + refund_pending_amount <= captured_amount AND captured_amount + claimed_amount <= authorised_amount
      AND authorised_amount <= amount)`,
  },
  {
    id: 'M1b',
    title: 'a payment counts exactly its refunds',
    sql: `SELECT p.id AS payment_id, p.refund_pending_amount, p.refunded_amount, p.excess_returned_amount
      FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id WHERE p.order_id >= $1 GROUP BY p.id
      HAVING p.refund_pending_amount <> coalesce(sum(r.amount) FILTER (WHERE r.status = 'pending'), 0)
        OR p.refunded_amount <> coalesce(sum(r.amount) FILTER (WHERE r.status = 'succeeded'), 0)
        OR p.excess_returned_amount <> coalesce(sum(r.amount) FILTER (WHERE r.status <> 'failed'
          AND r.reason IN ('order_cancelled', 'late_payment', 'paid_twice', 'order_edited')), 0)`,
  },
  {
    id: 'M1c',
    title: 'a payment has claimed exactly what its captures and voids under way are about to change',
    sql: `SELECT p.id AS payment_id, p.claimed_amount, coalesce(sum(o.amount + o.released_amount), 0) AS under_way
      FROM payments p LEFT JOIN payment_operations o ON o.payment_id = p.id AND o.status = 'pending'
      WHERE p.order_id >= $1 GROUP BY p.id HAVING p.claimed_amount <> coalesce(sum(o.amount + o.released_amount), 0)`,
  },
  {
    id: 'M1d',
    title: 'a payment has captured at least what its captures have taken',
    sql: `SELECT p.id AS payment_id, p.captured_amount, sum(o.amount) AS taken
      FROM payments p JOIN payment_operations o ON o.payment_id = p.id AND o.kind = 'capture' AND o.status = 'succeeded'
      WHERE p.order_id >= $1 GROUP BY p.id HAVING p.captured_amount < sum(o.amount)`,
  },
  {
    id: 'M1e',
    title: 'no more pieces of a line are refunded than were ordered',
    sql: `SELECT l.id AS line_id, l.quantity, sum(r.quantity) AS refunded
      FROM order_lines l JOIN refund_lines r ON r.order_line_id = l.id JOIN refunds f ON f.id = r.refund_id
      WHERE l.order_id >= $1 AND f.status <> 'failed' GROUP BY l.id HAVING sum(r.quantity) > l.quantity`,
  },
  {
    id: 'M2',
    title: 'what an order keeps is between nothing and its total, but for a refund that a provider has refused',
    sql: `SELECT o.id AS order_id, o.total_amount, sum(p.captured_amount - p.refunded_amount - p.refund_pending_amount) AS kept
      FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id >= $1 GROUP BY o.id
      HAVING sum(p.captured_amount - p.refunded_amount - p.refund_pending_amount) NOT BETWEEN 0 AND o.total_amount
        AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id AND r.status = 'failed')`,
  },
  {
    id: 'M8a',
    title: 'no more of a line is refunded than it came to, nor of its tax',
    sql: `SELECT l.id AS line_id, l.total_amount, l.tax_amount, sum(r.amount + r.withheld_amount) AS refunded, sum(r.tax_amount) AS tax
      FROM order_lines l JOIN refund_lines r ON r.order_line_id = l.id JOIN refunds f ON f.id = r.refund_id
      WHERE l.order_id >= $1 AND f.status <> 'failed' GROUP BY l.id
      HAVING sum(r.amount + r.withheld_amount) > l.total_amount OR sum(r.tax_amount) > l.tax_amount`,
  },
  {
    id: 'M8b',
    title: 'no more of shipping is refunded than was charged for it, nor of its tax',
    sql: `SELECT o.id AS order_id, sum(r.shipping_amount) AS refunded, sum(r.shipping_tax_amount) AS tax
      FROM orders o JOIN payments p ON p.order_id = o.id JOIN refunds r ON r.payment_id = p.id
      WHERE o.id >= $1 AND r.status <> 'failed' GROUP BY o.id
      HAVING sum(r.shipping_tax_amount) > o.shipping_tax_amount OR sum(r.shipping_amount) >
        o.shipping_total_amount + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_amount END`,
  },
  {
    id: 'M3',
    title: 'the total of an order is the sum of its lines and shipping',
    sql: `SELECT o.id AS order_id, o.total_amount, coalesce(sum(l.total_amount), 0) AS lines FROM orders o
      LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.id >= $1 GROUP BY o.id
      HAVING o.total_amount <> coalesce(sum(l.total_amount), 0) + o.shipping_total_amount
        + CASE WHEN o.prices_include_tax THEN 0 ELSE o.shipping_tax_amount END`,
  },
  ...PROMOTION_USE_RULES,
  {
    id: 'T1',
    title: 'every version of an order has one entry in its history, the last of which is its status',
    sql: `SELECT o.id AS order_id, o.version, o.status FROM orders o
      LEFT JOIN (SELECT order_id, count(*) AS entries, max(version) AS latest,
          (array_agg(to_status ORDER BY version DESC))[1] AS last_status FROM order_history GROUP BY order_id) h ON h.order_id = o.id
      WHERE o.id >= $1 AND (h.entries, h.latest, h.last_status) IS DISTINCT FROM (o.version, o.version, o.status)`,
  },
  {
    id: 'T2',
    title: 'the payment status of an order follows from its payments',
    sql: `SELECT o.id AS order_id, o.status, o.payment_status FROM orders o
      LEFT JOIN (
        SELECT order_id, sum(captured_amount) AS captured, sum(refunded_amount) AS refunded,
          sum(authorised_amount) FILTER (WHERE status NOT IN ('failed', 'voided', 'expired')) AS authorised,
          bool_or(status IN ('created', 'requires_action', 'processing')) AS in_flight
        FROM payments GROUP BY order_id) p ON p.order_id = o.id
      WHERE o.id >= $1 AND o.payment_status <> CASE
        WHEN p.captured > 0 AND p.refunded >= p.captured THEN 'refunded'
        WHEN p.captured > 0 AND p.captured - p.refunded >= o.total_amount THEN 'paid'
        WHEN p.captured > 0 AND p.refunded > 0 THEN 'partially_refunded'
        WHEN p.captured > 0 THEN 'partially_paid'
        WHEN o.total_amount = 0 THEN 'paid'
        WHEN p.authorised > 0 THEN 'authorised'
        WHEN p.in_flight THEN 'processing'
        ELSE 'unpaid' END`,
  },
  {
    id: 'T2b',
    title: 'the fulfilment status of an order, and that all of it has arrived, follow from its lines',
    sql: `SELECT o.id AS order_id, o.fulfilment_status, o.delivered_at FROM orders o
      LEFT JOIN (SELECT order_id, sum(fulfilled_quantity) AS fulfilled, sum(quantity - cancelled_quantity) AS ordered,
          bool_and(greatest(delivered_quantity, returned_quantity) >= fulfilled_quantity) AS has_arrived
          FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.id >= $1 AND (o.fulfilment_status <> CASE WHEN coalesce(l.fulfilled, 0) = 0 THEN 'unfulfilled'
        WHEN l.fulfilled < l.ordered THEN 'partially_fulfilled' ELSE 'fulfilled' END
        OR (o.delivered_at IS NOT NULL) <> (o.fulfilment_status = 'fulfilled' AND coalesce(l.has_arrived, false)))`,
  },
  {
    id: 'T2c',
    title: 'the return status of an order follows from its lines and open returns',
    sql: `SELECT o.id AS order_id, o.return_status FROM orders o
      LEFT JOIN (SELECT order_id, sum(returned_quantity) AS returned, sum(quantity - cancelled_quantity) AS ordered
          FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.id >= $1 AND o.return_status <> CASE WHEN l.returned > 0 AND l.returned >= l.ordered THEN 'returned'
        WHEN l.returned > 0 THEN 'partially_returned'
        WHEN EXISTS (SELECT FROM returns r WHERE r.order_id = o.id AND r.status IN ('requested', 'approved')) THEN 'requested'
        ELSE 'none' END`,
  },
  {
    id: 'T3',
    title:
      'money is kept only for orders that are confirmed, on hold, completed or paid in part, but for a refund that a provider has refused',
    sql: `SELECT p.id AS payment_id, o.id AS order_id, o.status FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE p.order_id >= $1 AND p.captured_amount > p.refunded_amount + p.refund_pending_amount
        AND o.status NOT IN ('confirmed', 'on_hold', 'completed')
        AND NOT (o.status = 'pending_payment' AND o.total_amount > (SELECT sum(a.authorised_amount) FROM payments a
          WHERE a.order_id = o.id AND a.status NOT IN ('failed', 'voided', 'expired')))
        AND NOT EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.status = 'failed')`,
  },
  {
    id: 'M10a',
    title: 'the balance of a gift card, or of store credit, is the sum of its entries',
    sql: `SELECT a.id AS account_id, a.kind, a.balance_amount, coalesce(sum(e.amount), 0) AS entered
      FROM credit_accounts a LEFT JOIN credit_entries e ON e.account_id = a.id WHERE a.id >= $1
      GROUP BY a.id HAVING a.balance_amount < 0 OR a.balance_amount <> coalesce(sum(e.amount), 0)`,
  },
  {
    id: 'M10b',
    title: 'what orders hold of an account is what its entries have taken and not given back',
    sql: `SELECT c.kind, c.key, c.account_id FROM credit_charges c
      LEFT JOIN (SELECT account_id, charge_key, sum(amount) AS moved FROM credit_entries WHERE charge_key IS NOT NULL
          GROUP BY account_id, charge_key) e ON e.account_id = c.account_id AND e.charge_key = c.key
      WHERE c.reference >= $1 AND coalesce(-e.moved, 0) <>
        CASE WHEN c.status IN ('failed', 'voided') THEN 0 ELSE c.authorised_amount - c.refunded_amount END`,
  },
  {
    id: 'M10c',
    title: 'payments by gift card and store credit say what the accounts say',
    sql: `SELECT p.id AS payment_id, p.status, p.captured_amount, c.captured_amount AS taken FROM payments p
      LEFT JOIN credit_charges c ON c.kind = p.provider AND c.key = p.provider_key
      WHERE p.order_id >= $1 AND p.provider IN ('gift_card', 'store_credit') AND p.claimed_amount = 0
        AND p.status NOT IN ('created', 'requires_action', 'processing')
        AND ((p.status, p.captured_amount) IS DISTINCT FROM (c.status, c.captured_amount)
          OR p.refund_pending_amount = 0 AND p.refunded_amount - coalesce((SELECT sum(r.amount) FROM refunds r
            WHERE r.payment_id = p.id AND r.status = 'succeeded' AND r.destination = 'store_credit'), 0) <> c.refunded_amount)`,
  },
  {
    id: 'I2',
    title: 'what payment providers have told is in the books within an hour',
    sql: `SELECT id AS webhook_id, provider, event_id, status, attempts FROM payment_webhooks
      WHERE id >= $1 AND status <> 'processed' AND received_at < now() - interval '1 hour'`,
  },
  {
    id: 'I6',
    title: 'the events of one thing leave no version of it out',
    // What has been deleted is no hole, and neither is what was told before the oldest that is left.
    sql: `SELECT aggregate_type, aggregate_id, before + 1 AS missing FROM (
        SELECT aggregate_type, aggregate_id, aggregate_version,
          lag(aggregate_version) OVER (PARTITION BY aggregate_id, aggregate_type ORDER BY aggregate_version) AS before
        FROM outbox_events
        WHERE aggregate_id >= $1 AND aggregate_type IN (${TOLD_WHOLLY.map((type) => `'${type}'`).join(', ')})
          AND (sequence IS NULL OR sequence > (SELECT pruned_sequence FROM event_log))) AS told
      WHERE aggregate_version > before + 1`,
  },
  ...LEDGER_RULES,
];
