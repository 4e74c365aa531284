import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository, SelectQueryBuilder } from 'typeorm';
import { isUuid, newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { Product } from '../entities/product.entity.js';
import { Variant } from '../entities/variant.entity.js';
import type { ListInventoryDto, ListMovementsDto } from './dto/inventory.dto.js';
import { InventoryMovement, Location, Stock } from './entities/stock.entity.js';
import { LocationNotFoundError } from './inventory.errors.js';

/** What a location holds of a variant. */
export interface StockLevel extends Pick<Stock, 'variantId' | 'locationId' | 'onHand' | 'reserved'> {
  productId: string;
  sku: string;
  /** Of the product. */
  name: string;
  available: number;
}

export type MovementOfSku = InventoryMovement & { sku: string };

/** Stock, its movements and where it lies. */
@Injectable()
export class StockRepository {
  constructor(
    @InjectRepository(Variant) private readonly variants: Repository<Variant>,
    @InjectRepository(Stock) private readonly stock: Repository<Stock>,
    @InjectRepository(InventoryMovement) private readonly movements: Repository<InventoryMovement>,
    @InjectRepository(Location) private readonly locations: Repository<Location>,
    private readonly pages: Pages,
  ) {}

  /** By SKU, then by location: every variant at every location, whether or not it has ever had stock there. */
  findLevels({ sku, location, below, ...request }: ListInventoryDto): Promise<Page<StockLevel>> {
    const query = this.variants
      .createQueryBuilder('v')
      .innerJoin(Product, 'p', 'p.id = v.productId')
      .innerJoin(Location, 'l', 'true')
      .leftJoin(Stock, 's', 's.variantId = v.id AND s.locationId = l.id')
      .select('v.id', 'variantId')
      .addSelect('v.productId', 'productId')
      .addSelect('v.sku', 'sku')
      .addSelect('p.name', 'name')
      .addSelect('l.id', 'locationId')
      .addSelect('coalesce(s.onHand, 0)', 'onHand')
      .addSelect('coalesce(s.reserved, 0)', 'reserved')
      .addSelect(AVAILABLE, 'available');
    if (sku !== undefined) query.andWhere('v.sku = :sku', { sku });
    if (below !== undefined) query.andWhere(`${AVAILABLE} < :below`, { below });
    whereLocation(query, location);
    const context = `inventory ${JSON.stringify({ sku, location, below })}`;
    return this.pages.ofRows(query, request, { by: ['v.sku', 'l.id'], context });
  }

  /** Newest first. */
  findMovements({ sku, variantId, location, ...request }: ListMovementsDto): Promise<Page<MovementOfSku>> {
    const query = this.movements
      .createQueryBuilder('m')
      .innerJoin(Variant, 'v', 'v.id = m.variantId')
      .innerJoin(Location, 'l', 'l.id = m.locationId')
      .select('v.sku', 'sku');
    for (const { propertyName } of this.movements.metadata.columns) query.addSelect(`m.${propertyName}`, propertyName);
    // Compared with the movement, because its index is by the id of the variant.
    if (sku !== undefined) query.andWhere('m.variantId = (SELECT id FROM variants WHERE sku = :sku)', { sku });
    if (variantId !== undefined) query.andWhere('m.variantId = :variantId', { variantId });
    whereLocation(query, location);
    const context = `inventory/movements ${JSON.stringify({ sku, variantId, location })}`;
    return this.pages.ofRows(query, request, { by: ['m.id'], isDescending: true, context });
  }

  /** By code. */
  findLocations(): Promise<Location[]> {
    return this.locations.find({ order: { code: 'ASC' } });
  }

  findVariant({ variantId, sku = '' }: { variantId?: string; sku?: string }): Promise<Variant | null> {
    return this.variants.findOneBy(variantId === undefined ? { sku } : { id: variantId });
  }

  /**
   * Makes sure that the variant has a row at the location, and locks it. A new row counts no change yet: version 0.
   *
   * @throws LocationNotFoundError
   */
  async lock(variantId: string, locationId: string): Promise<Stock> {
    const insert = this.stock.createQueryBuilder().insert().values({ variantId, locationId, version: 0 }).orIgnore();
    await onViolation(insert.execute(), { stock_location_id_fkey: () => new LocationNotFoundError() });
    return this.stock.findOneOrFail({ where: { variantId, locationId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Moves a stock that is locked, and keeps the movement. */
  async move(
    stock: Stock,
    movement: Pick<InventoryMovement, 'onHandDelta' | 'reason' | 'note' | 'actorId'>,
  ): Promise<InventoryMovement> {
    const { variantId, locationId } = stock;
    stock.onHand += movement.onHandDelta;
    stock.version += 1;
    const { onHand, version } = stock;
    await this.stock.update({ variantId, locationId }, { onHand, version, updatedAt: () => 'now()' });
    const kept = this.movements.create({ id: newId(), variantId, locationId, orderId: null, ...movement });
    await this.movements.insert(kept);
    return kept;
  }
}

const AVAILABLE = 'coalesce(s.onHand - s.reserved, 0)';

function whereLocation(
  query: SelectQueryBuilder<Variant> | SelectQueryBuilder<InventoryMovement>,
  location?: string,
): void {
  if (location !== undefined) query.andWhere(`l.${isUuid(location) ? 'id' : 'code'} = :location`, { location });
}
