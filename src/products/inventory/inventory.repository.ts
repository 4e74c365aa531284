import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository, SelectQueryBuilder } from 'typeorm';
import { isUuid, newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Product } from '../entities/product.entity.js';
import { Variant } from '../entities/variant.entity.js';
import type { Availability } from '../dto/variant-response.dto.js';
import type { ListInventoryDto, ListMovementsDto } from './dto/inventory.dto.js';
import type { InventoryLevelResponse, InventoryMovementResponse } from './dto/inventory-response.dto.js';
import { InventoryMovement, Location, Stock } from './entities/stock.entity.js';
import { LocationNotFoundError, type StockShortage } from './inventory.errors.js';

/** What is left of a variant over all locations. */
export interface AvailableStock {
  variantId: string;
  /** Pieces on hand that no order holds. */
  available: number;
  availability: Availability;
}

/** Stock that has left a location, and the movement by which it did. */
export interface ShippedStock {
  readonly stock: { readonly id: string; readonly version: number };
  readonly movement: { readonly id: string; readonly variantId: string; readonly locationId: string };
}

/** Pieces of a variant that an order holds at a location. */
export interface HeldStock {
  readonly variantId: string;
  readonly locationId: string;
  readonly quantity: number;
}

/**
 * Stock, its movements and where it lies. What orders take and give back are set-based statements, which lock stock rows in the order
 * (variant, location).
 */
@Injectable()
export class InventoryRepository {
  constructor(
    @InjectRepository(Variant) private readonly variants: Repository<Variant>,
    @InjectRepository(Stock) private readonly stock: Repository<Stock>,
    @InjectRepository(InventoryMovement) private readonly movements: Repository<InventoryMovement>,
    @InjectRepository(Location) private readonly locations: Repository<Location>,
    private readonly pages: Pages,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Takes stock for an order if every variant has enough, and nothing otherwise.
   *
   * Rows are locked first, in one order, so that two orders cannot wait for each other; the lock also makes the figures that the rest of
   * the statement reads the latest ones. Both figures of a row are written as they were locked: PostgreSQL holds a new row against the
   * constraints before it notices that the row it is made of is an old one. Of several locations the fullest gives first. The arrays come
   * out of sub-selects, behind which the planner cannot see their length: with it, it would plan anew at every call, which takes longer
   * than the statement.
   *
   * @param variantIds Each once.
   * @returns the variants that lack stock; empty when all was reserved.
   */
  async reserve(
    orderId: string,
    variantIds: readonly string[],
    quantities: readonly number[],
  ): Promise<Omit<StockShortage, 'index'>[]> {
    const rows = await this.transactions.query<{
      variant_id: string;
      sku: string | null;
      requested: string;
      available: string;
    }>(
      `WITH wanted AS (
         SELECT variant_id, quantity FROM unnest((SELECT $2::uuid[]), (SELECT $3::bigint[])) AS line (variant_id, quantity)
       ), locked AS (
         SELECT s.variant_id, s.location_id, s.on_hand, s.reserved, s.on_hand - s.reserved AS available
         FROM stock s JOIN wanted USING (variant_id)
         ORDER BY s.variant_id, s.location_id
         FOR UPDATE OF s
       ), short AS (
         SELECT w.variant_id, w.quantity, coalesce(sum(l.available), 0) AS available
         FROM wanted w LEFT JOIN locked l USING (variant_id)
         GROUP BY w.variant_id, w.quantity
         HAVING coalesce(sum(l.available), 0) < w.quantity
       ), shared AS (
         SELECT l.variant_id, l.location_id, l.on_hand, l.reserved, l.available, w.quantity,
           sum(l.available) OVER (PARTITION BY l.variant_id ORDER BY l.available DESC, l.location_id) - l.available AS given_before
         FROM locked l JOIN wanted w USING (variant_id)
       ), parts AS (
         SELECT variant_id, location_id, on_hand, reserved, least(available, quantity - given_before)::int AS quantity
         FROM shared
         WHERE available > 0 AND quantity > given_before AND NOT EXISTS (SELECT FROM short)
       ), taken AS (
         UPDATE stock SET on_hand = parts.on_hand, reserved = parts.reserved + parts.quantity, updated_at = now()
         FROM parts
         WHERE stock.variant_id = parts.variant_id AND stock.location_id = parts.location_id
         RETURNING stock.variant_id, stock.location_id, parts.quantity
       ), recorded AS (
         INSERT INTO reservations AS kept (order_id, variant_id, location_id, quantity)
         SELECT $1, variant_id, location_id, quantity FROM taken
         ON CONFLICT (order_id, variant_id, location_id) DO UPDATE SET
           quantity = excluded.quantity + CASE WHEN kept.status = 'open' THEN kept.quantity ELSE 0 END,
           status = 'open', closed_at = NULL, created_at = now()
       )
       SELECT short.variant_id, v.sku, short.quantity AS requested, short.available
       FROM short LEFT JOIN variants v ON v.id = short.variant_id`,
      [orderId, variantIds, quantities],
    );
    return rows.map((row) => ({
      variantId: row.variant_id,
      sku: row.sku,
      requested: Number(row.requested),
      available: Number(row.available),
    }));
  }

  /** Closes the open reservations of an order and gives their pieces back to stock; a second call finds none. */
  async release(orderId: string): Promise<void> {
    await this.transactions.execute(
      `WITH closed AS (
         UPDATE reservations SET status = 'released', closed_at = now()
         WHERE order_id = $1 AND status = 'open'
         RETURNING variant_id, location_id, quantity
       ), locked AS (
         SELECT s.variant_id, s.location_id, closed.quantity
         FROM stock s JOIN closed USING (variant_id, location_id)
         ORDER BY s.variant_id, s.location_id
         FOR UPDATE OF s
       )
       UPDATE stock SET reserved = stock.reserved - locked.quantity, updated_at = now()
       FROM locked
       WHERE stock.variant_id = locked.variant_id AND stock.location_id = locked.location_id`,
      [orderId],
    );
  }

  /** What an order holds, and where. */
  findHeld(orderId: string): Promise<HeldStock[]> {
    return this.transactions.query<HeldStock>(
      `SELECT variant_id AS "variantId", location_id AS "locationId", quantity FROM reservations
       WHERE order_id = $1 AND status = 'open' ORDER BY variant_id, location_id`,
      [orderId],
    );
  }

  /**
   * Takes pieces that an order holds at a location out of stock for good, with a movement for each variant, or nothing unless it holds all
   * of them. Set-based, as `reserve` is, and for its reasons.
   *
   * @param variantIds Each once.
   * @returns what has left of each variant; nothing when the order does not hold that much there.
   */
  async ship(
    orderId: string,
    locationId: string,
    variantIds: readonly string[],
    quantities: readonly number[],
  ): Promise<ShippedStock[]> {
    const rows = await this.transactions.query<{ id: string; version: number; movementId: string; variantId: string }>(
      `WITH wanted AS (
         SELECT id, variant_id, quantity
         FROM unnest((SELECT $3::uuid[]), (SELECT $4::uuid[]), (SELECT $5::int[])) AS line (id, variant_id, quantity)
       ), held AS (
         SELECT r.variant_id, w.id, w.quantity FROM reservations r JOIN wanted w USING (variant_id)
         WHERE r.order_id = $1 AND r.location_id = $2 AND r.status = 'open' AND r.quantity >= w.quantity
       ), locked AS (
         SELECT s.variant_id, s.on_hand, s.reserved, held.id, held.quantity
         FROM stock s JOIN held USING (variant_id)
         WHERE s.location_id = $2 AND (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted)
         ORDER BY s.variant_id
         FOR UPDATE OF s
       ), shipped AS (
         UPDATE reservations r SET quantity = r.quantity - locked.quantity, shipped_quantity = r.shipped_quantity + locked.quantity,
           status = CASE WHEN r.quantity = locked.quantity THEN 'shipped' ELSE r.status END,
           closed_at = CASE WHEN r.quantity = locked.quantity THEN now() END
         FROM locked WHERE r.order_id = $1 AND r.location_id = $2 AND r.variant_id = locked.variant_id
       ), taken AS (
         UPDATE stock SET on_hand = locked.on_hand - locked.quantity, reserved = locked.reserved - locked.quantity,
           version = stock.version + 1, updated_at = now()
         FROM locked WHERE stock.variant_id = locked.variant_id AND stock.location_id = $2
         RETURNING stock.id, stock.version, stock.variant_id, locked.id AS movement_id, locked.quantity
       ), kept AS (
       INSERT INTO inventory_movements (id, variant_id, location_id, on_hand_delta, reason, order_id)
       SELECT movement_id, variant_id, $2, -quantity, 'sale', $1 FROM taken
       )
       SELECT id, version, movement_id AS "movementId", variant_id AS "variantId" FROM taken`,
      [orderId, locationId, variantIds.map(() => newId()), variantIds, quantities],
    );
    return rows.map(({ id, version, movementId, variantId }) => ({
      stock: { id, version },
      movement: { id: movementId, variantId, locationId },
    }));
  }

  /** What is left of each variant that has stock anywhere; an answer about many at once, so it is SQL. */
  async findAvailable(variantIds: readonly string[]): Promise<AvailableStock[]> {
    const rows = await this.transactions.query<Omit<AvailableStock, 'available'> & { available: string }>(
      `SELECT variant_id AS "variantId", sum(on_hand - reserved) AS available, availability(sum(on_hand - reserved)) AS availability
       FROM stock WHERE variant_id = ANY ((SELECT $1::uuid[])::uuid[]) GROUP BY variant_id`,
      [variantIds],
    );
    return rows.map((row) => ({ ...row, available: Number(row.available) }));
  }

  /** By SKU, then by location: every variant at every location, whether or not it has ever had stock there. */
  findLevels({ sku, location, below, ...request }: ListInventoryDto): Promise<Page<InventoryLevelResponse>> {
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
  findMovements({ sku, variantId, location, ...request }: ListMovementsDto): Promise<Page<InventoryMovementResponse>> {
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
    movement: Pick<InventoryMovement, 'onHandDelta' | 'reason' | 'note' | 'actorId'> &
      Partial<Pick<InventoryMovement, 'orderId'>>,
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
