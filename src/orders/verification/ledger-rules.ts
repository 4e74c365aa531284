const SOLD = `('confirmed', 'on_hold', 'completed')`;

/** domain.md M9, and that the ledger says of every order what its own rows say. */
export const LEDGER_RULES = [
  {
    id: 'M9a',
    title: 'every posting of the ledger is of one order and one currency, and its debits equal its credits',
    sql: `SELECT posting, min(order_id::text) AS order_id, sum(amount) AS difference FROM ledger_entries
      WHERE order_id >= $1 GROUP BY posting
      HAVING sum(amount) <> 0 OR count(DISTINCT order_id) > 1 OR count(DISTINCT currency) > 1`,
  },
  {
    id: 'M9b',
    title: 'the ledger has billed what an order that is sold comes to with its tax, and nothing of another',
    sql: `SELECT o.id AS order_id, o.status, o.total_amount, coalesce(l.billed, 0) AS billed FROM orders o
      LEFT JOIN (SELECT order_id, sum(amount) FILTER (WHERE account = 'receivable' AND cause = 'order') AS billed,
          -sum(amount) FILTER (WHERE account = 'tax_payable' AND cause = 'order') AS tax,
          sum(amount) FILTER (WHERE account IN ('sales', 'discounts', 'shipping', 'tax_payable', 'returns')) AS earned
        FROM ledger_entries WHERE order_id >= $1 GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.id >= $1 AND CASE WHEN o.status IN ${SOLD}
        THEN (coalesce(l.billed, 0), coalesce(l.tax, 0)) <> (o.total_amount, o.tax_total_amount) ELSE coalesce(l.earned, 0) <> 0 END`,
  },
  {
    id: 'M9c',
    title:
      'the cash of an order in the ledger is what its payments have captured, less what has gone back the way it came',
    sql: `SELECT coalesce(p.order_id, c.order_id) AS order_id, account, p.kept, c.cash
      FROM (SELECT order_id, account, sum(kept) AS kept FROM (
            SELECT order_id, ledger_account_of(provider) AS account, captured_amount - refunded_amount AS kept
            FROM payments WHERE order_id >= $1
            UNION ALL
            SELECT r.order_id, moved.account, moved.amount FROM refunds r JOIN payments paid ON paid.id = r.payment_id,
              LATERAL (VALUES (ledger_account_of(paid.provider), r.amount), ('store_credit', -r.amount)) AS moved (account, amount)
            WHERE r.order_id >= $1 AND r.status = 'succeeded' AND r.destination = 'store_credit') AS part
          GROUP BY 1, 2) p
        FULL JOIN (SELECT order_id, account, sum(amount) AS cash FROM ledger_entries
          WHERE order_id >= $1 AND (starts_with(account, 'cash:') OR account IN ('gift_cards', 'store_credit')) GROUP BY 1, 2) c
        USING (order_id, account)
      WHERE coalesce(p.kept, 0) <> coalesce(c.cash, 0)`,
  },
  {
    id: 'M9d',
    title: 'nobody owes anybody anything in the ledger for an order that is settled',
    sql: `SELECT o.id AS order_id, o.status, l.receivable FROM orders o
      JOIN (SELECT order_id, sum(captured_amount - excess_returned_amount) AS captured,
          sum(captured_amount - refunded_amount) AS kept,
          sum(refund_pending_amount) AS pending FROM payments WHERE order_id >= $1 GROUP BY order_id) p ON p.order_id = o.id
      JOIN (SELECT order_id, coalesce(sum(amount) FILTER (WHERE account = 'receivable'), 0) AS receivable,
          bool_or(account = 'returns') AND count(DISTINCT posting) FILTER (WHERE cause = 'order') > 1 AS was_edited
        FROM ledger_entries WHERE order_id >= $1 GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.id >= $1 AND l.receivable <> 0 AND p.pending = 0 AND CASE WHEN o.status IN ${SOLD}
        THEN p.captured >= o.total_amount AND p.kept <= o.total_amount AND NOT l.was_edited ELSE p.kept = 0 END`,
  },
];
