import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { HeldStock } from './inventory.repository.js';

/** What orders hold, where it becomes less without being shipped; set-based statements, which lock stock rows in the order (variant, location). */
@Injectable()
export class HeldStockRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Locks the stock of variants, in the order in which everybody does. */
  async lockAll(variantIds: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `SELECT 1 FROM stock WHERE variant_id = ANY ($1) ORDER BY variant_id, location_id FOR UPDATE`,
      [variantIds],
    );
  }

  /** Gives back a part of what an order holds, or all of it; the order must hold that much there. */
  async giveBack(orderId: string, held: readonly HeldStock[]): Promise<void> {
    await this.transactions.execute(
      `WITH part AS (
         SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS part (variant_id, location_id, quantity)
       ), locked AS (
         SELECT s.variant_id, s.location_id, part.quantity FROM stock s JOIN part USING (variant_id, location_id)
         ORDER BY s.variant_id, s.location_id
         FOR UPDATE OF s
       ), kept AS (
         UPDATE reservations r SET quantity = CASE WHEN r.quantity > part.quantity THEN r.quantity - part.quantity ELSE r.quantity END,
           status = CASE WHEN r.quantity > part.quantity THEN 'open' ELSE 'released' END,
           closed_at = CASE WHEN r.quantity > part.quantity THEN NULL ELSE now() END
         FROM part WHERE r.order_id = $1 AND r.variant_id = part.variant_id AND r.location_id = part.location_id
       )
       UPDATE stock SET reserved = stock.reserved - locked.quantity, updated_at = now()
       FROM locked WHERE stock.variant_id = locked.variant_id AND stock.location_id = locked.location_id`,
      [
        orderId,
        held.map(({ variantId }) => variantId),
        held.map(({ locationId }) => locationId),
        held.map(({ quantity }) => quantity),
      ],
    );
  }
}
