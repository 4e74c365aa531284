import { Injectable } from '@nestjs/common';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import type { ListInventoryDto, ListMovementsDto } from './dto/list-inventory.dto.js';
import type { Location } from './entities/location.entity.js';
import { InventoryReadsRepository, type LevelRow, type MovementRow } from './inventory-reads.repository.js';

/** What staff read of stock. */
@Injectable()
export class InventoryReadsService {
  constructor(
    private readonly inventory: InventoryReadsRepository,
    private readonly cursors: Cursors,
  ) {}

  /** Lists stock by SKU and location, zero included. @throws InvalidRequestError for a cursor of another list. */
  async listLevels({ limit, cursor, count, sku, location, below }: ListInventoryDto): Promise<Page<LevelRow>> {
    const filters = { sku, location, below };
    const context = `inventory ${JSON.stringify(filters)}`;
    const after = cursor === undefined ? undefined : (this.cursors.decode(context, cursor) as [string, string]);
    const data = await this.inventory.findLevels(filters, after, limit + 1);
    const last = cut(data, limit);
    return {
      data,
      nextCursor: last ? this.cursors.encode(context, [last.sku, last.locationId]) : null,
      ...(count === 'exact' ? { total: await this.inventory.countLevels(filters) } : {}),
    };
  }

  /** Lists movements, newest first. @throws InvalidRequestError for a cursor of another list. */
  async listMovements({
    limit,
    cursor,
    count,
    sku,
    variantId,
    location,
  }: ListMovementsDto): Promise<Page<MovementRow>> {
    const filters = { sku, variantId, location };
    const context = `inventory/movements ${JSON.stringify(filters)}`;
    const after = cursor === undefined ? undefined : (this.cursors.decode(context, cursor) as [string]);
    const data = await this.inventory.findMovements(filters, after?.[0], limit + 1);
    const last = cut(data, limit);
    return {
      data,
      nextCursor: last ? this.cursors.encode(context, [last.id]) : null,
      ...(count === 'exact' ? { total: await this.inventory.countMovements(filters) } : {}),
    };
  }

  listLocations(): Promise<Location[]> {
    return this.inventory.findLocations();
  }
}

/** Takes off the row that was read only to know whether there is a next page. @returns the last row that stays, if there is one. */
function cut<Row>(rows: Row[], limit: number): Row | undefined {
  if (rows.length <= limit) return undefined;
  rows.pop();
  return rows.at(-1);
}
