import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { OrderLine } from '../entities/order-line.entity.js';
import type { EditPlan } from './edit-plan.js';
import { OrderEdit } from './order-edit.entity.js';

/** Pieces of a line that are packed and not shipped yet, and where. */
export interface PackedPieces {
  readonly lineId: string;
  readonly variantId: string | null;
  readonly locationId: string;
  readonly quantity: number;
}

/** Edits, and what they write to the lines of an order. All writes are under the lock of the order. */
@Injectable()
export class OrderEditsRepository {
  constructor(
    @InjectRepository(OrderEdit) private readonly edits: Repository<OrderEdit>,
    private readonly transactions: TransactionRunner,
  ) {}

  find(id: string): Promise<OrderEdit | null> {
    return this.edits.findOneBy({ id });
  }

  /** The edits of an order, oldest first. */
  findAllOf(orderId: string): Promise<OrderEdit[]> {
    return this.edits.find({ where: { orderId }, order: { id: 'ASC' } });
  }

  async insert(edit: OrderEdit): Promise<void> {
    await this.edits.insert(edit);
  }

  save(edit: OrderEdit): Promise<OrderEdit> {
    return this.edits.save(edit);
  }

  /** Pieces of a locked order in fulfilments that have not been shipped. */
  findPacked(orderId: string): Promise<PackedPieces[]> {
    return this.transactions.query<PackedPieces>(
      `SELECT l.order_line_id AS "lineId", o.variant_id AS "variantId", f.location_id AS "locationId", l.quantity
       FROM fulfilments f JOIN fulfilment_lines l ON l.fulfilment_id = f.id JOIN order_lines o ON o.id = l.order_line_id
       WHERE f.order_id = $1 AND f.status = 'pending'`,
      [orderId],
    );
  }

  /** Writes what a plan makes of the lines of a locked order. */
  async applyTo(orderId: string, { lines }: EditPlan): Promise<void> {
    const { manager } = this.transactions;
    const removed = lines.flatMap(({ before, after }) => (after ? [] : [before!.id]));
    if (removed.length > 0) await this.remove(removed);
    for (const { before, after } of lines) {
      if (!after) continue;
      const { id, ...columns } = after;
      if (before) await manager.update(OrderLine, { id }, columns);
      else await manager.insert(OrderLine, { ...after, orderId });
    }
  }

  /** Removes lines of which nothing is packed, shipped or refunded, from parcels that were never sent and refunds that were never made too. */
  private async remove(ids: readonly string[]): Promise<void> {
    for (const table of ['fulfilment_lines', 'refund_lines'])
      await this.transactions.execute(`DELETE FROM ${table} WHERE order_line_id = ANY ($1)`, [ids]);
    await this.transactions.manager.delete(OrderLine, { id: In([...ids]) });
  }

  /** Takes the words of staff out of the edits of a person's orders. @param emails Canonical addresses of theirs. */
  async erase(userId: string, emails: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `UPDATE order_edits e SET reason = NULL FROM orders o WHERE o.id = e.order_id AND e.reason IS NOT NULL
         AND o.id IN (SELECT id FROM orders WHERE customer_id = $1
           UNION ALL SELECT id FROM orders WHERE lower(email) = ANY ($2) AND customer_id IS NULL)`,
      [userId, emails],
    );
  }
}
