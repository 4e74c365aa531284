/** Rules that only a test can check: a live database forgets old events, and other companies keep their own books. */
export const TEST_RULES: Readonly<Record<string, string>> = {
  'T1 one event per version of an order, of the type its history names': `
    SELECT o.id FROM orders o
    WHERE o.version <> (SELECT count(*) FROM outbox_events e JOIN order_history h
      ON h.order_id = o.id AND h.version = e.aggregate_version AND h.type = e.type WHERE e.aggregate_id = o.id)`,
  'I6 the versions of a payment are told without a gap': `
    SELECT p.id FROM payments p
    WHERE p.version <> (SELECT count(DISTINCT e.aggregate_version) FROM outbox_events e
      WHERE e.aggregate_id = p.id AND e.aggregate_version BETWEEN 1 AND p.version)`,
  'T3 the fake provider and the books agree on every settled payment': `
    SELECT p.id FROM payments p LEFT JOIN fake_provider.charges c ON c.key = p.provider_key
    WHERE p.provider = 'fake' AND p.claimed_amount = 0
      AND p.status NOT IN ('created', 'requires_action', 'processing')
      AND (p.captured_amount <> coalesce(c.captured_amount, 0)
        OR p.refunded_amount - (SELECT coalesce(sum(amount), 0) FROM refunds r
            WHERE r.payment_id = p.id AND r.status = 'succeeded' AND r.destination = 'store_credit') <> (SELECT coalesce(sum(amount), 0) FROM fake_provider.refunds r WHERE r.charge_reference = c.reference))`,
};
