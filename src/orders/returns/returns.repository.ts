import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Return, ReturnLine, type ReturnState } from './return.entity.js';

/** What a list of returns is narrowed to; members that are absent narrow nothing. */
export interface ReturnFilter {
  readonly status?: readonly ReturnState[];
  readonly orderId?: string;
}

/** Returns and their lines. All writes are under the lock of the order. */
@Injectable()
export class ReturnsRepository {
  constructor(
    @InjectRepository(Return) private readonly returns: Repository<Return>,
    @InjectRepository(ReturnLine) private readonly lines: Repository<ReturnLine>,
    private readonly pages: Pages,
    private readonly transactions: TransactionRunner,
  ) {}

  find(id: string): Promise<Return | null> {
    return this.returns.findOneBy({ id });
  }

  /** The returns of an order, oldest first. */
  findAllOf(orderId: string): Promise<Return[]> {
    return this.returns.find({ where: { orderId }, order: { id: 'ASC' } });
  }

  /** Newest first. */
  findPage({ status, orderId }: ReturnFilter, request: PageRequest): Promise<Page<Return>> {
    const query = this.returns.createQueryBuilder('r');
    if (status) query.andWhere('r.status IN (:...status)', { status });
    if (orderId) query.andWhere('r.orderId = :orderId', { orderId });
    const context = `returns ${JSON.stringify({ status, orderId })}`;
    return this.pages.of(query, request, { by: ['r.id'], isDescending: true, context });
  }

  /** The lines of many returns. */
  findLines(returnIds: readonly string[]): Promise<ReturnLine[]> {
    return this.lines.find({ where: { returnId: In(returnIds) }, order: { returnId: 'ASC', orderLineId: 'ASC' } });
  }

  /** Pieces of lines of an order that are in returns which are not decided yet, by line. */
  async findOpenQuantities(orderId: string): Promise<ReadonlyMap<string, number>> {
    const rows = await this.lines
      .createQueryBuilder('l')
      .innerJoin(Return, 'r', 'r.id = l.returnId')
      .where(`r.orderId = :orderId AND r.status IN ('requested', 'approved')`, { orderId })
      .select('l.orderLineId', 'id')
      .addSelect('sum(l.quantity)::int', 'quantity')
      .groupBy('l.orderLineId')
      .getRawMany<{ id: string; quantity: number }>();
    return new Map(rows.map(({ id, quantity }) => [id, quantity]));
  }

  /** When the last pieces of an order that were shipped arrived, or left where nobody has said that they did; null when nobody knows. */
  async findLastArrival(orderId: string): Promise<Date | null> {
    const row = await this.transactions.queryOne<{ at: Date | null }>(
      `SELECT max(coalesce(delivered_at, shipped_at)) AS at FROM fulfilments WHERE order_id = $1`,
      [orderId],
    );
    return row!.at;
  }

  async insert(row: Return, lines: readonly ReturnLine[]): Promise<void> {
    await this.returns.insert(row);
    await this.lines.insert([...lines]);
  }

  save(row: Return): Promise<Return> {
    return this.returns.save(row);
  }

  async saveLines(lines: readonly ReturnLine[]): Promise<void> {
    await this.lines.save([...lines]);
  }

  /** What a user sent back, oldest first, also of orders without an account under an address that they have proven. */
  list(userId: string): Promise<unknown[]> {
    return this.transactions.query(
      `SELECT r.id, o.number, r.status, r.note, r.reject_reason AS "rejectReason", r.created_at AS "createdAt",
         (SELECT jsonb_agg(jsonb_build_object('name', ol.name, 'quantity', l.quantity, 'reason', l.reason) ORDER BY ol.position)
          FROM return_lines l JOIN order_lines ol ON ol.id = l.order_line_id WHERE l.return_id = r.id) AS lines
       FROM returns r JOIN orders o ON o.id = r.order_id
       WHERE o.id IN (
         SELECT id FROM orders WHERE customer_id = $1
         UNION ALL
         SELECT g.id FROM orders g JOIN users u ON lower(g.email) = u.email_canonical
         WHERE u.id = $1 AND u.email_verified_at IS NOT NULL AND g.customer_id IS NULL)
       ORDER BY r.id`,
      [userId],
    );
  }

  /**
   * Takes the words of a person out of the returns of their orders; pieces and amounts stay for the books.
   *
   * @param emails Canonical addresses of theirs: one that they have proven, and the one that stands for them now.
   */
  async erase(userId: string, emails: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `WITH theirs AS (
         SELECT id FROM orders WHERE customer_id = $1
         UNION ALL
         SELECT id FROM orders WHERE lower(email) = ANY ($2) AND customer_id IS NULL
       ), erased AS (
         UPDATE returns r SET note = NULL, reject_reason = NULL FROM theirs WHERE r.order_id = theirs.id RETURNING r.id
       )
       UPDATE return_lines l SET reason = NULL FROM erased WHERE l.return_id = erased.id AND l.reason IS NOT NULL`,
      [userId, emails],
    );
  }
}
