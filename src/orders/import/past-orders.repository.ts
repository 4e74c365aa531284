import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { PastOrderBooks, PastOrderFigures } from '../../products/import/merging/staged-merge.service.js';
import type { PastOrder } from '../../products/import/rows/mapped-orders.js';
import type { Refusal } from '../../products/import/import.errors.js';

interface KnownOrder {
  number: string;
  origin: string;
  currency: string;
  placedAt: Date;
  /** SKU, name, pieces and price of one piece, in the order of the lines. */
  lines: [string, string, number, number][];
}

/** Writes orders of the past, each statement for many of them. */
@Injectable()
export class PastOrdersRepository implements PastOrderBooks {
  constructor(private readonly transactions: TransactionRunner) {}

  async record(
    orders: readonly PastOrder[],
    source: string,
  ): Promise<{ refused: Map<PastOrder, Refusal>; unchanged: number; lines: number }> {
    const known = await this.findKnown(orders.map(({ number }) => number));
    const ofSeries = await this.findOfSeries(orders.map(({ number }) => number));
    const refused = new Map<PastOrder, Refusal>();
    const fresh: PastOrder[] = [];
    for (const order of orders) {
      if (ofSeries.has(order.number)) {
        refused.set(order, { code: 'number_taken', message: `${order.number} is a number of a series of the shop` });
        continue;
      }
      const there = known.get(order.number);
      const refusal = there && refusalOf(order, there);
      if (!there) fresh.push(order);
      else if (refusal) refused.set(order, refusal);
    }
    if (fresh.length > 0) await this.insert(fresh, source);
    const lines = fresh.reduce((sum, order) => sum + order.lines.length, 0);
    return { refused, unchanged: orders.length - fresh.length - refused.size, lines };
  }

  async figures(prefix: string): Promise<PastOrderFigures> {
    const row = await this.transactions.queryOne<PastOrderFigures>(
      `WITH past AS (
         SELECT id, email, currency, total_amount FROM orders WHERE origin = 'import' AND starts_with(number, $1)
       )
       SELECT (SELECT count(*)::int FROM past) AS orders,
         (SELECT count(*)::int FROM order_lines WHERE order_id IN (SELECT id FROM past)) AS lines,
         (SELECT count(DISTINCT email)::int FROM past) AS customers,
         (SELECT coalesce(jsonb_object_agg(currency, total), '{}') FROM
           (SELECT currency, sum(total_amount)::text AS total FROM past GROUP BY currency) AS sums) AS totals`,
      [prefix],
    );
    return row!;
  }

  private async findKnown(numbers: readonly string[]): Promise<Map<string, KnownOrder>> {
    const rows = await this.transactions.query<KnownOrder>(
      `SELECT o.number, o.origin, o.currency, o.placed_at AS "placedAt",
         (SELECT json_agg(json_build_array(l.sku, l.name, l.quantity, l.unit_price_amount) ORDER BY l.position)
          FROM order_lines l WHERE l.order_id = o.id) AS lines
       FROM orders o WHERE o.number = ANY ($1)`,
      [numbers],
    );
    return new Map(rows.map((row) => [row.number, row]));
  }

  /** Those that a series of the shop has given already, or will give. */
  private async findOfSeries(numbers: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.query<{ number: string }>(
      `SELECT number FROM order_number_series s JOIN unnest($1::text[]) AS number
         ON number ~ ('^' || s.prefix || '\\d+$') WHERE s.prefix <> ''`,
      [numbers],
    );
    return new Set(rows.map(({ number }) => number));
  }

  /**
   * One statement: the orders, delivered and paid by `manual`, in the ledger too; their lines, those of a variant where its SKU is in the catalogue; the three
   * entries of history that lead there (domain.md O2, O3, O10). An account that has proven its address owns the orders placed under it.
   */
  private async insert(orders: readonly PastOrder[], source: string): Promise<void> {
    const rows = orders.map(({ lines, tags, ...order }) => ({ id: newId(), payment_id: newId(), order, tags, lines }));
    await this.transactions.execute(
      `WITH past AS (
         SELECT * FROM json_to_recordset($1::json)
           AS past (id uuid, payment_id uuid, number text, email text, placed_at timestamptz, currency text, tags text[], total bigint)
       ), placed AS (
         INSERT INTO orders (id, number, customer_id, email, status, payment_status, fulfilment_status, currency, subtotal_amount,
           total_amount, origin, tags, placed_at, confirmed_at, delivered_at, closed_at, version, updated_at)
         SELECT past.id, number, u.id, past.email, 'completed', 'paid', 'fulfilled', currency, total, total, 'import', tags,
           placed_at, placed_at, placed_at, placed_at, 3, placed_at
         FROM past LEFT JOIN users u ON u.email_canonical = past.email AND u.email_verified_at IS NOT NULL AND u.erased_at IS NULL
       ), lines AS (
         INSERT INTO order_lines (id, order_id, position, variant_id, sku, name, quantity, unit_price_amount, total_amount,
           fulfilled_quantity, delivered_quantity)
         SELECT line.id, order_id, line.position, v.id, line.sku, line.name, quantity, unit_price, quantity * unit_price, quantity, quantity
         FROM json_to_recordset($2::json) AS line
             (id uuid, order_id uuid, position int, variant_sku text, sku text, name text, quantity bigint, unit_price bigint)
           LEFT JOIN variants v ON v.sku = line.variant_sku
       ), history AS (
         INSERT INTO order_history (order_id, version, type, from_status, to_status, actor_kind, reason, occurred_at)
         SELECT id, step.version, 'order.' || step.type, step.from_status, step.to_status, 'system', $3, placed_at
         FROM past, (VALUES (1, 'placed', NULL, 'pending_payment'), (2, 'confirmed', 'pending_payment', 'confirmed'),
           (3, 'completed', 'confirmed', 'completed')) AS step (version, type, from_status, to_status)
       ), ledger AS (
         INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id, posted_at)
         SELECT posting, account, id, currency, amount, cause, source_id, placed_at
         FROM (SELECT nextval('ledger_posting_seq') AS sale, nextval('ledger_posting_seq') AS payment, past.* FROM past WHERE total > 0) AS posted,
           LATERAL (VALUES (sale, 'order', id, 'receivable', total), (sale, 'order', id, 'sales', -total),
             (payment, 'payment', payment_id, 'cash:manual', total), (payment, 'payment', payment_id, 'receivable', -total)
           ) AS entry (posting, cause, source_id, account, amount)
       )
       INSERT INTO payments (id, order_id, provider, status, currency, amount, authorised_amount, captured_amount, provider_key,
         created_at, updated_at)
       SELECT payment_id, id, 'manual', 'captured', currency, total, total, total, 'import:' || number, placed_at, placed_at
       FROM past WHERE total > 0`,
      [
        JSON.stringify(
          rows.map(({ id, payment_id, order: { placedAt, ...order }, tags }) => ({
            id,
            payment_id,
            ...order,
            placed_at: placedAt,
            tags,
          })),
        ),
        JSON.stringify(
          rows.flatMap(({ id, lines }) =>
            lines.map(({ sku, variantSku, name, quantity, unitPrice }, index) => ({
              id: newId(),
              order_id: id,
              position: index + 1,
              variant_sku: variantSku,
              sku,
              name,
              quantity,
              unit_price: unitPrice,
            })),
          ),
        ),
        `import ${source}`,
      ],
    );
  }
}

/** Orders of the past do not change: one that is there must be the same, whoever its customer is by now. */
function refusalOf({ number, currency, placedAt, lines }: PastOrder, there: KnownOrder): Refusal | null {
  if (there.origin !== 'import')
    return { code: 'number_taken', message: `an order of the shop has the number ${number}` };
  const said = lines.map(({ sku, name, quantity, unitPrice }) => [sku, name, quantity, unitPrice]);
  const isSame =
    there.currency === currency &&
    there.placedAt.getTime() === placedAt.getTime() &&
    JSON.stringify(there.lines) === JSON.stringify(said);
  return isSame
    ? null
    : { code: 'order_differs', message: `the order ${number} is there already, with other contents` };
}
