import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** A line that could not be reserved; quantities in whole units. */
export interface ShortRow {
  variantId: string;
  sku: string | null;
  requested: number;
  available: number;
}

/** What orders hold of stock, in set-based statements. Stock rows are always locked in the order (variant, location). */
@Injectable()
export class InventoryRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Takes stock for an order if every variant has enough, and nothing otherwise.
   *
   * Rows are locked first, in one order, so that two orders cannot wait for each other; the lock also makes the figures that the rest of
   * the statement reads the latest ones. Of several locations the fullest gives first. The arrays come out of sub-selects, behind which
   * the planner cannot see their length: with it, it would plan anew at every call, which takes longer than the statement.
   *
   * @param variantIds Each once.
   * @returns the variants that lack stock; empty when all was reserved.
   */
  async reserve(orderId: string, variantIds: readonly string[], quantities: readonly number[]): Promise<ShortRow[]> {
    const rows = await this.transactions.query<{
      variant_id: string;
      sku: string | null;
      requested: string;
      available: string;
    }>(
      `WITH wanted AS (
         SELECT variant_id, quantity FROM unnest((SELECT $2::uuid[]), (SELECT $3::bigint[])) AS line (variant_id, quantity)
       ), locked AS (
         SELECT s.variant_id, s.location_id, s.on_hand - s.reserved AS available
         FROM stock s JOIN wanted USING (variant_id)
         ORDER BY s.variant_id, s.location_id
         FOR UPDATE OF s
       ), short AS (
         SELECT w.variant_id, w.quantity, coalesce(sum(l.available), 0) AS available
         FROM wanted w LEFT JOIN locked l USING (variant_id)
         GROUP BY w.variant_id, w.quantity
         HAVING coalesce(sum(l.available), 0) < w.quantity
       ), shared AS (
         SELECT l.variant_id, l.location_id, l.available, w.quantity,
           sum(l.available) OVER (PARTITION BY l.variant_id ORDER BY l.available DESC, l.location_id) - l.available AS given_before
         FROM locked l JOIN wanted w USING (variant_id)
       ), parts AS (
         SELECT variant_id, location_id, least(available, quantity - given_before)::int AS quantity
         FROM shared
         WHERE available > 0 AND quantity > given_before AND NOT EXISTS (SELECT FROM short)
       ), taken AS (
         UPDATE stock SET reserved = stock.reserved + parts.quantity, updated_at = now()
         FROM parts
         WHERE stock.variant_id = parts.variant_id AND stock.location_id = parts.location_id
         RETURNING stock.variant_id, stock.location_id, parts.quantity
       ), recorded AS (
         INSERT INTO reservations AS kept (order_id, variant_id, location_id, quantity)
         SELECT $1, variant_id, location_id, quantity FROM taken
         ON CONFLICT (order_id, variant_id, location_id) DO UPDATE SET
           quantity = excluded.quantity + CASE WHEN kept.status = 'open' THEN kept.quantity ELSE 0 END,
           status = 'open', closed_at = NULL, created_at = now()
       )
       SELECT short.variant_id, v.sku, short.quantity AS requested, short.available
       FROM short LEFT JOIN variants v ON v.id = short.variant_id`,
      [orderId, variantIds, quantities],
    );
    return rows.map((row) => ({
      variantId: row.variant_id,
      sku: row.sku,
      requested: Number(row.requested),
      available: Number(row.available),
    }));
  }

  /** Closes the open reservations of an order and gives their pieces back to stock; a second call finds none. */
  async release(orderId: string): Promise<void> {
    await this.transactions.execute(
      `WITH closed AS (
         UPDATE reservations SET status = 'released', closed_at = now()
         WHERE order_id = $1 AND status = 'open'
         RETURNING variant_id, location_id, quantity
       ), locked AS (
         SELECT s.variant_id, s.location_id, closed.quantity
         FROM stock s JOIN closed USING (variant_id, location_id)
         ORDER BY s.variant_id, s.location_id
         FOR UPDATE OF s
       )
       UPDATE stock SET reserved = stock.reserved - locked.quantity, updated_at = now()
       FROM locked
       WHERE stock.variant_id = locked.variant_id AND stock.location_id = locked.location_id`,
      [orderId],
    );
  }
}
