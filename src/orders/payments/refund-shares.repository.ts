import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { GivenBack } from './refund-shares.js';

/** How much of an order has been given back; sums, so they are SQL. */
@Injectable()
export class RefundSharesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** What has been given back of the lines of a locked order, or is about to be. @param returnId Only for this return. */
  async findOfLines(orderId: string, returnId: string | null = null): Promise<ReadonlyMap<string, GivenBack>> {
    const rows = await this.transactions.query<{ id: string } & GivenBack>(
      `SELECT line.order_line_id AS id, sum(line.quantity)::int AS quantity, sum(line.amount)::float8 AS amount,
         sum(line.withheld_amount)::float8 AS "withheldAmount", sum(line.tax_amount)::float8 AS "taxAmount"
       FROM payments p JOIN refunds r ON r.payment_id = p.id JOIN refund_lines line ON line.refund_id = r.id
       WHERE p.order_id = $1 AND r.status <> 'failed' AND ($2::uuid IS NULL OR r.return_id = $2)
       GROUP BY line.order_line_id`,
      [orderId, returnId],
    );
    return new Map(rows.map(({ id, ...given }) => [id, given]));
  }

  /** What has been given back of the shipping of a locked order, or is about to be. */
  async findOfShipping(orderId: string): Promise<GivenBack> {
    const [row] = await this.transactions.query<GivenBack>(
      `SELECT 0 AS quantity, coalesce(sum(r.shipping_amount), 0)::float8 AS amount, 0 AS "withheldAmount",
         coalesce(sum(r.shipping_tax_amount), 0)::float8 AS "taxAmount"
       FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE p.order_id = $1 AND r.status <> 'failed'`,
      [orderId],
    );
    return row!;
  }
}
