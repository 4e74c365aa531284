import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { CatalogueChanges } from '../catalogue/catalogue-changes.js';
import { VariantNotFoundError } from '../products.errors.js';
import type {
  InventoryAdjustmentResponse,
  InventoryLevelResponse,
  InventoryMovementResponse,
} from './dto/inventory-response.dto.js';
import {
  type AdjustInventoryDto,
  type ListInventoryDto,
  type ListMovementsDto,
  MAX_STOCK,
} from './dto/inventory.dto.js';
import { type Location, MAIN_LOCATION_ID, type Stock } from './entities/stock.entity.js';
import { InventoryEvent } from './events/inventory.event.js';
import {
  BelowReservedError,
  InsufficientStockError,
  InventoryChangedError,
  StockOutOfRangeError,
} from './inventory.errors.js';
import { HeldStockRepository } from './held-stock.repository.js';
import { type AvailableStock, type HeldStock, InventoryRepository } from './inventory.repository.js';

export { type HeldStock, MAIN_LOCATION_ID };

/** One line of an order: whole units of a variant. */
export interface ReservationLine {
  readonly variantId: string;
  readonly quantity: number;
}

/** Pieces of a variant that come back. */
export interface ReturnedStock {
  readonly variantId: string;
  readonly sellable: number;
  readonly damaged: number;
}

/** Stock of variants: what is on hand, what orders hold of it, and how staff correct it. */
@Injectable()
export class InventoryService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly inventory: InventoryRepository,
    private readonly held: HeldStockRepository,
    private readonly changes: CatalogueChanges,
    private readonly outbox: Outbox,
  ) {}

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
    const wanted = summed(lines);
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

  /**
   * Takes pieces of an order back: sellable ones are on hand again, and damaged ones are written off, which changes no count. Each leaves a
   * movement. Stock rows stay locked, by ascending variant, until the caller's transaction ends.
   *
   * @param locationId Where they lie; at the main location unless given.
   * @throws LocationNotFoundError, StockOutOfRangeError
   */
  async takeBack(
    orderId: string,
    lines: readonly ReturnedStock[],
    locationId: string = MAIN_LOCATION_ID,
    actorId: string | null = null,
  ): Promise<void> {
    const byVariant = [...lines].sort((left, right) => (left.variantId < right.variantId ? -1 : 1));
    for (const { variantId, sellable, damaged } of byVariant) {
      const stock = await this.inventory.lock(variantId, locationId);
      if (stock.onHand + sellable > MAX_STOCK) throw new StockOutOfRangeError(stock.onHand);
      const about = { orderId, actorId, note: null };
      for (const [reason, pieces] of [['return', sellable] as const, ['write_off', damaged] as const]) {
        if (pieces === 0) continue;
        const moved =
          reason === 'return'
            ? { ...about, reason, onHandDelta: pieces }
            : { ...about, reason, onHandDelta: 0, note: `${pieces} came back damaged` };
        const movement = await this.inventory.move(stock, moved);
        await this.changes.record(new InventoryEvent('inventory.adjusted', stock, movement));
      }
    }
  }

  /**
   * Changes what an order holds: more of some variants, all of it or nothing, and less of others. Stock rows are locked first, by ascending
   * variant and location.
   *
   * @param more As for `reserve`. @param less What it holds, and where, and is given back.
   * @throws InsufficientStockError
   */
  async rehold(orderId: string, more: readonly ReservationLine[], less: readonly HeldStock[]): Promise<void> {
    if (more.length > 0 && less.length > 0)
      await this.held.lockAll([...more, ...less].map(({ variantId }) => variantId));
    await this.reserve(orderId, more);
    if (less.length > 0) await this.held.giveBack(orderId, less);
  }

  /** What an order holds, and where. */
  heldBy(orderId: string): Promise<HeldStock[]> {
    return this.inventory.findHeld(orderId);
  }

  /**
   * Takes pieces that an order holds at a location out of stock: all of them or nothing. One statement, and one for the events; stock rows stay locked, by ascending
   * variant, until the caller's transaction ends.
   *
   * @param lines Quantities at least 1; those of one variant are added up.
   * @returns false when the order does not hold that much there.
   */
  async ship(orderId: string, locationId: string, lines: readonly ReservationLine[]): Promise<boolean> {
    const wanted = summed(lines);
    if (wanted.size === 0) return true;
    const left = await this.inventory.ship(orderId, locationId, [...wanted.keys()], [...wanted.values()]);
    // What can be sold stays as it was, and so do the answers of the catalogue.
    await this.outbox.add(
      ...left.map(({ stock, movement }) => new InventoryEvent('inventory.shipped', stock, movement)),
    );
    return left.length > 0;
  }

  /** How much of each variant could be held now, in one statement; nothing is held by asking. Variants without stock are absent. */
  async available(variantIds: readonly string[]): Promise<Map<string, AvailableStock>> {
    const rows = variantIds.length === 0 ? [] : await this.inventory.findAvailable(variantIds);
    return new Map(rows.map((row) => [row.variantId, row]));
  }

  /** Lists stock by SKU and location, zero included. @throws InvalidRequestError for a cursor of another list. */
  listLevels(query: ListInventoryDto): Promise<Page<InventoryLevelResponse>> {
    return this.inventory.findLevels(query);
  }

  /** Lists movements, newest first. @throws InvalidRequestError for a cursor of another list. */
  listMovements(query: ListMovementsDto): Promise<Page<InventoryMovementResponse>> {
    return this.inventory.findMovements(query);
  }

  listLocations(): Promise<Location[]> {
    return this.inventory.findLocations();
  }

  /**
   * Adds to the stock of a variant, takes from it, or sets it to what was counted, and keeps the movement.
   *
   * The stock row is locked, so that adjustments and reservations of the same stock follow each other.
   *
   * @param actorId Who adjusts; null for a job.
   * @throws VariantNotFoundError, LocationNotFoundError; InventoryChangedError when `from` is no longer what is on hand;
   * BelowReservedError when orders hold more than would remain; StockOutOfRangeError.
   */
  adjust(dto: AdjustInventoryDto, actorId: string | null): Promise<InventoryAdjustmentResponse> {
    return this.transactions.run(async () => {
      const { id, sku } = (await this.inventory.findVariant(dto)) ?? raise(new VariantNotFoundError());
      const stock = await this.inventory.lock(id, dto.locationId ?? MAIN_LOCATION_ID);
      const { reason, note = null } = dto;
      const movement = await this.inventory.move(stock, { onHandDelta: deltaOf(dto, stock), reason, note, actorId });
      await this.changes.record(new InventoryEvent('inventory.adjusted', stock, movement));
      const { onHand, reserved } = stock;
      return { ...movement, sku, onHand, reserved, available: onHand - reserved };
    });
  }
}

/** Pieces by variant. */
function summed(lines: readonly ReservationLine[]): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { variantId, quantity } of lines) {
    const id = variantId.toLowerCase();
    wanted.set(id, (wanted.get(id) ?? 0) + quantity);
  }
  return wanted;
}

function deltaOf({ delta, setTo, from }: AdjustInventoryDto, { onHand, reserved }: Stock): number {
  if (from !== undefined && from !== onHand) throw new InventoryChangedError(onHand);
  const target = setTo ?? onHand + delta!;
  if (target < 0 || target > MAX_STOCK) throw new StockOutOfRangeError(onHand);
  if (target < reserved) throw new BelowReservedError(onHand, reserved);
  return target - onHand;
}
