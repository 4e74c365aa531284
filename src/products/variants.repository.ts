import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Variant } from './entities/variant.entity.js';
import { translating } from './products.repository.js';

/** Writes to single variants. */
@Injectable()
export class VariantsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** The product of a variant, which is locked before the variant is. */
  async findProductId(id: string): Promise<string | null> {
    const [row] = await this.transactions.query<{ product_id: string }>(
      `SELECT product_id FROM variants WHERE id = $1`,
      [id],
    );
    return row?.product_id ?? null;
  }

  lockById(id: string): Promise<Variant | null> {
    return this.transactions.manager.findOne(Variant, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** How many variants a product has, and the position after the last of them. */
  async countOf(productId: string): Promise<{ count: number; nextPosition: number }> {
    const [row] = await this.transactions.query<{ count: number; nextPosition: number }>(
      `SELECT count(*)::int AS count, coalesce(max(position), -1) + 1 AS "nextPosition" FROM variants WHERE product_id = $1`,
      [productId],
    );
    return row!;
  }

  /** @throws SkuTakenError, OptionsTakenError */
  async save(variant: Variant): Promise<void> {
    const { id, sku, options, barcode, weightGrams, position, isArchived, version, updatedAt } = variant;
    await translating(
      this.transactions.manager.update(
        Variant,
        { id },
        { sku, options, barcode, weightGrams, position, isArchived, version, updatedAt },
      ),
    );
  }

  /** @throws ProductInUseError when an order or a reservation refers to it. */
  async delete(id: string): Promise<void> {
    await translating(this.transactions.execute(`DELETE FROM variants WHERE id = $1`, [id]));
  }
}
