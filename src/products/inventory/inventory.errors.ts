import { conflict, type FieldError, notFound } from '../../common/errors/domain.error.js';

/** One order line that asks for more than there is. */
export interface StockShortage {
  /** Place among the lines of the order, from 0. */
  index: number;
  variantId: string;
  /** Null when nothing is known about the variant. */
  sku: string | null;
  requested: number;
  available: number;
}

export class InsufficientStockError extends conflict('product.insufficient_stock', 'Not enough stock') {
  override readonly errors: readonly FieldError[];

  /** @param shortages At least one. */
  constructor(readonly shortages: readonly StockShortage[]) {
    const { sku, variantId, requested, available } = shortages[0]!;
    super(`${requested} of ${sku ?? variantId} requested, ${available} available.`);
    this.errors = shortages.map((line) => ({
      pointer: `/lines/${line.index}/quantity`,
      code: 'max',
      message: `must not be greater than ${line.available}`,
    }));
  }
}

export class InventoryChangedError extends conflict('inventory.changed', 'The stock has changed') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly onHand: number) {
    super(`The stock on hand is ${onHand} by now; count again and repeat the adjustment.`);
    this.extensions = { onHand };
  }
}

export class BelowReservedError extends conflict('inventory.below_reserved', 'Orders hold this stock') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    readonly onHand: number,
    readonly reserved: number,
  ) {
    super(`${reserved} of ${onHand} on hand are reserved for orders; cancel or move reservations first.`);
    this.extensions = { onHand, reserved };
  }
}

export class StockOutOfRangeError extends conflict('inventory.out_of_range', 'No such stock count') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(readonly onHand: number) {
    super(`With ${onHand} on hand, the adjustment would lead below 0 or beyond 2,147,483,647.`);
    this.extensions = { onHand };
  }
}

export class LocationNotFoundError extends notFound(
  'location.not_found',
  'No such location',
  'There is no location with this id.',
) {}
