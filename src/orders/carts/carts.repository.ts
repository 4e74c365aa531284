import { Injectable } from '@nestjs/common';
import type { EntityRows } from '../../database/entity-rows.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { VariantNotSellableError } from '../orders.errors.js';
import { Cart, CartLine } from './entities/cart.entity.js';

/** A cart with its lines, in the order in which they were added. */
export type CartWithLines = Cart & { lines: CartLine[] };

/** What is kept with a cart that has been ordered. */
export type FoundCart = CartWithLines & { readonly orderId: string | null };

/** A cart as a person may have it. */
export interface ExportedCart {
  id: string;
  [member: string]: unknown;
}

/** Carts with their lines: every way to an order passes here, so the statements are SQL. */
@Injectable()
export class CartsRepository {
  private readonly rows: EntityRows<Cart>;
  private readonly lineRows: EntityRows<CartLine>;

  constructor(private readonly transactions: TransactionRunner) {
    this.rows = transactions.rowsOf(Cart);
    this.lineRows = transactions.rowsOf(CartLine);
  }

  /** Reads a cart with its lines and the order it has become, whoever's it is, in one statement. */
  async find(id: string): Promise<FoundCart | null> {
    const row = await this.transactions.queryOne<Record<string, unknown> & { lines: Record<string, unknown>[] }>(
      `SELECT ${this.rows.columns('c')}, (SELECT o.id FROM orders o WHERE o.cart_id = c.id) AS "orderId",
         (SELECT json_agg(${this.lineRows.json('l')} ORDER BY l.id) FROM cart_lines l WHERE l.cart_id = c.id) AS lines
       FROM carts c WHERE c.id = $1`,
      [id],
    );
    if (!row) return null;
    const lines = (row.lines ?? []).map((line) => this.lineRows.read(line));
    return Object.assign(this.rows.read(row), { lines, orderId: row.orderId as string | null });
  }

  /** Locks a cart and reads its lines; null when there is none. Whatever changes a cart or its lines holds this lock. */
  lock(id: string): Promise<CartWithLines | null> {
    return this.withLines(id, `SELECT ${this.rows.columns('c')} FROM carts c WHERE c.id = $1 FOR UPDATE`, [id]);
  }

  /**
   * Marks an active cart as ordered, which locks it, and reads its lines; null when it is not active, or there is none. Of many orders
   * from one cart, the first to commit gets it; whoever waited for that finds it ordered.
   */
  take(id: string, expiresAt: Date): Promise<CartWithLines | null> {
    return this.withLines(
      id,
      `UPDATE carts c SET status = 'ordered', version = version + 1, updated_at = now(), expires_at = $2
       WHERE c.id = $1 AND c.status = 'active' RETURNING ${this.rows.columns('c')}`,
      [id, expiresAt],
    );
  }

  /** The id of a customer's active cart; there is one at most. */
  async findActiveIdOf(customerId: string): Promise<string | null> {
    const row = await this.transactions.queryOne<{ id: string }>(
      `SELECT id FROM carts WHERE customer_id = $1 AND status = 'active'`,
      [customerId],
    );
    return row?.id ?? null;
  }

  /** Adds a cart without lines, unless its customer has an active one; waits for whoever is adding that at this moment. */
  async insertUnlessActive(cart: Cart): Promise<void> {
    const [insert, values] = this.rows.insert(cart, 'version', 'createdAt', 'updatedAt');
    await this.transactions.execute(`${insert} ON CONFLICT (customer_id) WHERE status = 'active' DO NOTHING`, values);
  }

  /** Adds a cart with its lines. */
  insert(cart: CartWithLines): Promise<void> {
    return this.write(this.rows.insert(cart), cart, []);
  }

  /**
   * Saves a locked cart and those of its lines that differ from before, in one statement.
   *
   * @throws VariantNotSellableError when a variant has just been deleted.
   */
  save(cart: CartWithLines, before: readonly CartLine[]): Promise<void> {
    return this.write(this.rows.update(cart), cart, before);
  }

  async delete(id: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM carts WHERE id = $1`, [id]);
  }

  /** Marks up to `limit` carts as abandoned that nobody has changed for too long. @returns how many. */
  abandon(limit: number, ttlSeconds: number): Promise<number> {
    // Who is just changing a cart keeps it: the lock is not waited for, and what was changed meanwhile is not taken.
    return this.transactions.execute(
      `UPDATE carts SET status = 'abandoned', version = version + 1, updated_at = now(), expires_at = now() + make_interval(secs => $2)
       WHERE id IN (SELECT id FROM carts WHERE status = 'active' AND expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [limit, ttlSeconds],
    );
  }

  /** Deletes up to `limit` carts that are closed and past their time. @returns how many. */
  purge(limit: number): Promise<number> {
    return this.transactions.purge('carts', `status <> 'active' AND expires_at <= now()`, limit);
  }

  /** Every cart of a user, oldest first, and those of a guest under an address that the user has proven to be theirs. */
  listOf(userId: string): Promise<ExportedCart[]> {
    return this.transactions.query(
      `SELECT c.id, c.status, c.currency, c.email, c.language, c.shipping_address AS "shippingAddress",
         c.billing_address AS "billingAddress", c.created_at AS "createdAt", c.updated_at AS "updatedAt",
         coalesce((SELECT jsonb_agg(jsonb_build_object('sku', v.sku, 'name', p.name, 'quantity', l.quantity) ORDER BY l.id)
           FROM cart_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
           WHERE l.cart_id = c.id), '[]') AS lines
       FROM carts c
       WHERE c.id IN (
         SELECT id FROM carts WHERE customer_id = $1
         UNION ALL
         SELECT g.id FROM carts g JOIN users u ON lower(g.email) = u.email_canonical
         WHERE u.id = $1 AND u.email_verified_at IS NOT NULL AND g.customer_id IS NULL)
       ORDER BY c.id`,
      [userId],
    );
  }

  /** Deletes every cart of a user, and those of a guest under their proven address. */
  async deleteOf(userId: string, provenEmail: string | null): Promise<void> {
    await this.transactions.execute(
      `DELETE FROM carts WHERE customer_id = $1 OR ($2::text IS NOT NULL AND customer_id IS NULL AND lower(email) = $2)`,
      [userId, provenEmail],
    );
  }

  /** The lines are a statement of their own, sent right behind: with the row, they would be those from before a wait for the lock. */
  private async withLines(id: string, text: string, values: readonly unknown[]): Promise<CartWithLines | null> {
    const [row, lines] = await Promise.all([
      this.transactions.queryOne<Record<string, unknown>>(text, values),
      this.transactions.query<Record<string, unknown>>(
        `SELECT ${this.lineRows.columns('l')} FROM cart_lines l WHERE l.cart_id = $1 ORDER BY l.id`,
        [id],
      ),
    ]);
    return row && Object.assign(this.rows.read(row), { lines: lines.map((line) => this.lineRows.read(line)) });
  }

  private async write(
    [statement, values]: readonly [string, readonly unknown[]],
    { id, currency, lines }: CartWithLines,
    before: readonly CartLine[],
  ): Promise<void> {
    const kept = new Set(lines.map((line) => line.id));
    const known = new Map(before.map((line) => [line.id, line.quantity]));
    const changed = lines.filter((line) => known.get(line.id) !== line.quantity);
    const at = (place: number): string => `$${values.length + place}`;
    const write = this.transactions.execute(
      `WITH cart AS (${statement}), gone AS (DELETE FROM cart_lines WHERE id = ANY(${at(1)}))
       INSERT INTO cart_lines (id, cart_id, variant_id, quantity)
       SELECT line.id, ${at(2)}, line.variant_id, line.quantity
       FROM unnest(${at(3)}::uuid[], ${at(4)}::uuid[], ${at(5)}::int[]) AS line (id, variant_id, quantity)
       ON CONFLICT (id) DO UPDATE SET quantity = excluded.quantity`,
      [
        ...values,
        before.filter((line) => !kept.has(line.id)).map((line) => line.id),
        id,
        changed.map((line) => line.id),
        changed.map(({ variantId }) => variantId),
        changed.map(({ quantity }) => quantity),
      ],
    );
    await onViolation(write, {
      cart_lines_variant_id_fkey: () => new VariantNotSellableError(['/variantId'], currency),
    });
  }
}
