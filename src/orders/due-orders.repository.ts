import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Order } from './entities/order.entity.js';

/** Orders whose payment is overdue. */
@Injectable()
export class DueOrdersRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Locks an order that is due to expire, unless another worker holds it or it is no longer due. */
  lockDue(id: string, now: Date): Promise<Order | null> {
    return this.transactions.manager
      .createQueryBuilder(Order, 'o')
      .where(`o.id = :id AND o.status = 'pending_payment' AND o.expires_at <= :now`, { id, now })
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getOne();
  }

  /** Ids of orders that are due to expire, longest overdue first. */
  async findDue(now: Date, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT id FROM orders WHERE status = 'pending_payment' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`,
      [now, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Holds the stock of a locked order longer. */
  async extend({ id }: Order, expiresAt: Date): Promise<void> {
    await this.transactions.manager.update(Order, id, { expiresAt });
  }
}
