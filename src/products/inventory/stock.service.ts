import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CatalogueChanges } from '../catalogue/catalogue-changes.js';
import { VariantNotFoundError } from '../products.errors.js';
import type { InventoryAdjustmentResponse } from './dto/inventory-response.dto.js';
import {
  type AdjustInventoryDto,
  type ListInventoryDto,
  type ListMovementsDto,
  MAX_STOCK,
} from './dto/inventory.dto.js';
import { type Location, MAIN_LOCATION_ID, type Stock } from './entities/stock.entity.js';
import { InventoryAdjustedEvent } from './events/inventory-adjusted.event.js';
import { BelowReservedError, InventoryChangedError, StockOutOfRangeError } from './inventory.errors.js';
import { type MovementOfSku, type StockLevel, StockRepository } from './stock.repository.js';

/** What staff read of stock, and how they correct it. */
@Injectable()
export class StockService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly stock: StockRepository,
    private readonly changes: CatalogueChanges,
  ) {}

  /** Lists stock by SKU and location, zero included. @throws InvalidRequestError for a cursor of another list. */
  listLevels(query: ListInventoryDto): Promise<Page<StockLevel>> {
    return this.stock.findLevels(query);
  }

  /** Lists movements, newest first. @throws InvalidRequestError for a cursor of another list. */
  listMovements(query: ListMovementsDto): Promise<Page<MovementOfSku>> {
    return this.stock.findMovements(query);
  }

  listLocations(): Promise<Location[]> {
    return this.stock.findLocations();
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
      const { id, sku } = (await this.stock.findVariant(dto)) ?? raise(new VariantNotFoundError());
      const stock = await this.stock.lock(id, dto.locationId ?? MAIN_LOCATION_ID);
      const { reason, note = null } = dto;
      const movement = await this.stock.move(stock, { onHandDelta: deltaOf(dto, stock), reason, note, actorId });
      await this.changes.record(new InventoryAdjustedEvent(stock, movement));
      const { onHand, reserved } = stock;
      return { ...movement, sku, onHand, reserved, available: onHand - reserved };
    });
  }
}

function deltaOf({ delta, setTo, from }: AdjustInventoryDto, { onHand, reserved }: Stock): number {
  if (from !== undefined && from !== onHand) throw new InventoryChangedError(onHand);
  const target = setTo ?? onHand + delta!;
  if (target < 0 || target > MAX_STOCK) throw new StockOutOfRangeError(onHand);
  if (target < reserved) throw new BelowReservedError(onHand, reserved);
  return target - onHand;
}
