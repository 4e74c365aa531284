import { Injectable } from '@nestjs/common';
import { InsufficientStockError } from './inventory.errors.js';
import { InventoryRepository } from './inventory.repository.js';

/** One line of an order: whole units of a variant. */
export interface ReservationLine {
  readonly variantId: string;
  readonly quantity: number;
}

/** Stock of variants: what is on hand, what orders hold of it. */
@Injectable()
export class InventoryService {
  constructor(private readonly inventory: InventoryRepository) {}

  /**
   * Holds stock for an order: every line of it or nothing. Lines of the same variant are added up first.
   *
   * One statement; stock rows stay locked, by ascending variant, until the caller's transaction ends.
   *
   * @param lines In the order of the request, quantities at least 1.
   * @throws InsufficientStockError pointing at every line that asks for more than is available; nothing is held.
   */
  async reserve(orderId: string, lines: readonly ReservationLine[]): Promise<void> {
    if (lines.length === 0) return;
    const wanted = new Map<string, number>();
    for (const { variantId, quantity } of lines) {
      const id = variantId.toLowerCase();
      wanted.set(id, (wanted.get(id) ?? 0) + quantity);
    }
    const short = await this.inventory.reserve(orderId, [...wanted.keys()], [...wanted.values()]);
    if (short.length === 0) return;
    const byVariant = new Map(short.map((row) => [row.variantId, row]));
    throw new InsufficientStockError(
      lines.flatMap(({ variantId }, index) => {
        const shortage = byVariant.get(variantId.toLowerCase());
        return shortage ? [{ ...shortage, index }] : [];
      }),
    );
  }

  /** Gives back what an order holds; one statement, and calling it again changes nothing. */
  async release(orderId: string): Promise<void> {
    await this.inventory.release(orderId);
  }
}
