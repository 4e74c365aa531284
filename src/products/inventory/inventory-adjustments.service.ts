import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CatalogueChanges } from '../catalogue/catalogue-changes.js';
import { VariantNotFoundError } from '../products.errors.js';
import { type AdjustInventoryDto, MAX_STOCK } from './dto/adjust-inventory.dto.js';
import { MAIN_LOCATION_ID } from './entities/location.entity.js';
import { InventoryAdjustedEvent } from './events/inventory-adjusted.event.js';
import { BelowReservedError, InventoryChangedError, StockOutOfRangeError } from './inventory.errors.js';
import { type AppliedAdjustment, InventoryRepository, type LockedStock } from './inventory.repository.js';

/** Corrections of stock by staff. */
@Injectable()
export class InventoryAdjustmentsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly inventory: InventoryRepository,
    private readonly changes: CatalogueChanges,
  ) {}

  /**
   * Adds to the stock of a variant, takes from it, or sets it to what was counted, and keeps the movement.
   *
   * The stock row is locked, so that adjustments and reservations of the same stock follow each other.
   *
   * @param actorId Who adjusts; null for a job.
   * @throws VariantNotFoundError, LocationNotFoundError; InventoryChangedError when `from` is no longer what is on hand;
   * BelowReservedError when orders hold more than would remain; StockOutOfRangeError.
   */
  adjust(dto: AdjustInventoryDto, actorId: string | null): Promise<AppliedAdjustment> {
    return this.transactions.run(async () => {
      const variant = await this.inventory.findVariant(dto);
      if (!variant) throw new VariantNotFoundError(dto.variantId ?? dto.sku ?? '');
      const locationId = dto.locationId ?? MAIN_LOCATION_ID;
      const stock = await this.inventory.lockStock(variant.id, locationId);
      const movement = {
        id: newId(),
        variantId: variant.id,
        locationId,
        onHandDelta: deltaOf(dto, stock),
        reason: dto.reason,
        note: dto.note ?? null,
        actorId,
      };
      const createdAt = await this.inventory.adjust(movement);
      await this.changes.record(new InventoryAdjustedEvent({ id: stock.id, version: stock.version + 1 }, movement));
      return {
        ...movement,
        sku: variant.sku,
        orderId: null,
        createdAt,
        onHand: stock.onHand + movement.onHandDelta,
        reserved: stock.reserved,
      };
    });
  }
}

function deltaOf({ delta, setTo, from }: AdjustInventoryDto, { onHand, reserved }: LockedStock): number {
  if (from !== undefined && from !== onHand) throw new InventoryChangedError(onHand);
  const target = setTo ?? onHand + delta!;
  if (target < 0 || target > MAX_STOCK) throw new StockOutOfRangeError(onHand);
  if (target < reserved) throw new BelowReservedError(onHand, reserved);
  return target - onHand;
}
