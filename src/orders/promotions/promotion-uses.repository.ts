import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { PromotionUse } from './entities/promotion.entity.js';

/** Counters of uses. Each is moved by a conditional statement that decides the race; promotions are locked first, by id. */
@Injectable()
export class PromotionUsesRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(PromotionUse) private readonly uses: Repository<PromotionUse>,
  ) {}

  /** Counts the uses of an order at promotion, code and customer. @returns the promotions of which all three had one left; the rest is half done. */
  async take(
    orderId: string,
    customerKey: string,
    uses: readonly { readonly promotionId: string; readonly codeId: string | null }[],
  ): Promise<Set<string>> {
    const rows = await this.transactions.query<{ promotionId: string }>(
      `WITH wanted AS (
         SELECT * FROM unnest($3::uuid[], $4::uuid[]) AS use (promotion_id, code_id)
       ), locked AS MATERIALIZED (
         SELECT p.id, p.usage_limit_per_customer, w.code_id FROM promotions p JOIN wanted w ON w.promotion_id = p.id
         ORDER BY p.id FOR NO KEY UPDATE OF p
       ), promotion AS (
         UPDATE promotions p SET used = p.used + 1 FROM locked l
         WHERE p.id = l.id AND (p.usage_limit IS NULL OR p.used < p.usage_limit) RETURNING p.id
       ), code AS (
         UPDATE promotion_codes c SET used = c.used + 1 FROM locked l
         WHERE c.id = l.code_id AND NOT c.is_disabled AND (c.usage_limit IS NULL OR c.used < c.usage_limit) RETURNING c.id
       ), customer AS (
         INSERT INTO promotion_customers AS c (promotion_id, customer_key, used, usage_limit)
         SELECT l.id, $2, 1, l.usage_limit_per_customer FROM locked l
         ON CONFLICT (promotion_id, customer_key) DO UPDATE SET used = c.used + 1, usage_limit = excluded.usage_limit
           WHERE excluded.usage_limit IS NULL OR c.used < excluded.usage_limit
         RETURNING promotion_id
       )
       INSERT INTO promotion_uses (order_id, promotion_id, code_id, customer_key)
       SELECT $1, l.id, l.code_id, $2 FROM locked l JOIN promotion p ON p.id = l.id JOIN customer c ON c.promotion_id = l.id
       WHERE l.code_id IS NULL OR l.code_id IN (SELECT id FROM code)
       ON CONFLICT (order_id, promotion_id) DO UPDATE SET status = 'used', used_at = now()
       RETURNING promotion_id AS "promotionId"`,
      [orderId, customerKey, uses.map(({ promotionId }) => promotionId), uses.map(({ codeId }) => codeId)],
    );
    return new Set(rows.map(({ promotionId }) => promotionId));
  }

  /** Gives back what an order uses, once: what has been given back is not there any more. */
  async release(orderId: string): Promise<void> {
    await this.transactions.execute(
      `WITH locked AS MATERIALIZED (
         SELECT p.id FROM promotions p
         WHERE p.id IN (SELECT promotion_id FROM promotion_uses WHERE order_id = $1 AND status = 'used')
         ORDER BY p.id FOR NO KEY UPDATE
       ), returned AS (
         UPDATE promotion_uses u SET status = 'returned' FROM locked l
         WHERE u.order_id = $1 AND u.promotion_id = l.id AND u.status = 'used'
         RETURNING u.promotion_id, u.code_id, u.customer_key
       ), promotion AS (
         UPDATE promotions p SET used = p.used - 1 FROM returned r WHERE p.id = r.promotion_id
       ), code AS (
         UPDATE promotion_codes c SET used = c.used - 1 FROM returned r WHERE c.id = r.code_id
       )
       UPDATE promotion_customers c SET used = c.used - 1 FROM returned r
       WHERE c.promotion_id = r.promotion_id AND c.customer_key = r.customer_key`,
      [orderId],
    );
  }

  findReturned(orderId: string): Promise<PromotionUse[]> {
    return this.uses.findBy({ orderId, status: 'returned' });
  }

  listOf(userId: string): Promise<object[]> {
    return this.transactions.query(
      `SELECT u.order_id AS "orderId", p.name, c.code, u.status, u.used_at AS "usedAt"
       FROM promotion_uses u JOIN promotions p ON p.id = u.promotion_id LEFT JOIN promotion_codes c ON c.id = u.code_id
       WHERE u.customer_key IN (SELECT id::text FROM users WHERE id = $1
         UNION ALL SELECT email_canonical FROM users WHERE id = $1 AND email_verified_at IS NOT NULL)
       ORDER BY u.used_at, u.order_id`,
      [userId],
    );
  }

  /** Puts the uses of one customer under another key; counters of the two are added up, without a limit, as they are nobody's any more. */
  async rename(from: string, to: string): Promise<void> {
    await this.transactions.execute(
      `WITH renamed AS (
         UPDATE promotion_uses SET customer_key = $2 WHERE customer_key = $1
       ), moved AS (
         DELETE FROM promotion_customers WHERE customer_key = $1 RETURNING promotion_id, used
       )
       INSERT INTO promotion_customers AS c (promotion_id, customer_key, used, usage_limit)
       SELECT promotion_id, $2, used, NULL FROM moved
       ON CONFLICT (promotion_id, customer_key) DO UPDATE SET used = c.used + excluded.used, usage_limit = NULL`,
      [from, to],
    );
  }
}
