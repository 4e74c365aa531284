/** Rule R1 of domain.md: how often promotions are used. */
export const PROMOTION_USE_RULES = [
  {
    id: 'R1a',
    title: 'promotions, codes and customers have used exactly what orders use of them, and no more than they may',
    sql: `SELECT 'promotion' AS counter, p.id, p.id::text AS key, p.used, count(u.order_id) AS uses
      FROM promotions p LEFT JOIN promotion_uses u ON u.promotion_id = p.id AND u.status = 'used'
      WHERE p.id >= $1 GROUP BY p.id HAVING p.used <> count(u.order_id) OR p.used > p.usage_limit
      UNION ALL
      SELECT 'code', c.promotion_id, c.code, c.used, count(u.order_id)
      FROM promotion_codes c LEFT JOIN promotion_uses u ON u.code_id = c.id AND u.status = 'used'
      WHERE c.promotion_id >= $1 GROUP BY c.id HAVING c.used <> count(u.order_id) OR c.used > c.usage_limit
      UNION ALL
      SELECT 'customer', c.promotion_id, c.customer_key, c.used, count(u.order_id)
      FROM promotion_customers c LEFT JOIN promotion_uses u
        ON u.promotion_id = c.promotion_id AND u.customer_key = c.customer_key AND u.status = 'used'
      WHERE c.promotion_id >= $1 GROUP BY c.promotion_id, c.customer_key HAVING c.used <> count(u.order_id)`,
  },
  {
    id: 'R1b',
    title: 'an order that was cancelled or has expired uses no promotion, and any other all that it has',
    sql: `SELECT u.order_id, u.promotion_id, u.status, o.status AS order_status FROM promotion_uses u JOIN orders o ON o.id = u.order_id
      WHERE u.order_id >= $1 AND (u.status = 'used') <> (o.status NOT IN ('cancelled', 'expired'))`,
  },
];
