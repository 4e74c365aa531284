import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What is a customer's among the subjects of events. SQL text, as streams ask for every event. */
@Injectable()
export class OrderEventAudienceRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Orders of a customer that are more than drafts, and what hangs on them. */
  findAggregatesOf(customerId: string): Promise<string[]> {
    return this.findAggregates(`customer_id = $1 AND status <> 'draft'`, customerId);
  }

  /** An order, and what hangs on it. */
  findAggregatesOfOrder(orderId: string): Promise<string[]> {
    return this.findAggregates('id = $1', orderId);
  }

  private async findAggregates(condition: string, value: string): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH own AS MATERIALIZED (SELECT id FROM orders WHERE ${condition})
       SELECT id FROM own
       UNION ALL SELECT p.id FROM payments p JOIN own ON own.id = p.order_id
       UNION ALL SELECT f.id FROM fulfilments f JOIN own ON own.id = f.order_id
       UNION ALL SELECT r.id FROM returns r JOIN own ON own.id = r.order_id
       UNION ALL SELECT i.id FROM invoices i JOIN own ON own.id = i.order_id`,
      [value],
    );
    return rows.map(({ id }) => id);
  }

  /** The customers of orders that are more than drafts; orders of guests are left out. */
  async findCustomersOf(orderIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.transactions.query<{ id: string; customerId: string }>(
      `SELECT id, customer_id AS "customerId" FROM orders
       WHERE id = ANY ((SELECT $1::uuid[])::uuid[]) AND customer_id IS NOT NULL AND status <> 'draft'`,
      [orderIds],
    );
    return new Map(rows.map(({ id, customerId }) => [id, customerId]));
  }
}
