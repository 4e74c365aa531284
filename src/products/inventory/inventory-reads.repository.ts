import { Injectable } from '@nestjs/common';
import { isUuid } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { conjunction, Parameters } from '../catalogue/catalogue-sql.js';
import type { Location } from './entities/location.entity.js';
import type { MovementReason } from './entities/inventory-movement.entity.js';

/** What a location holds of a variant. */
export interface LevelRow {
  variantId: string;
  productId: string;
  sku: string;
  name: string;
  locationId: string;
  onHand: number;
  reserved: number;
}

export interface LevelFilters {
  sku?: string;
  location?: string;
  below?: number;
}

export interface MovementRow {
  id: string;
  variantId: string;
  sku: string;
  locationId: string;
  onHandDelta: number;
  reason: MovementReason;
  note: string | null;
  actorId: string | null;
  orderId: string | null;
  createdAt: Date;
}

export interface MovementFilters {
  sku?: string;
  variantId?: string;
  location?: string;
}

/** Every variant at every location, whether or not it has ever had stock there. */
const LEVELS = `variants v
  JOIN products p ON p.id = v.product_id
  CROSS JOIN locations l
  LEFT JOIN stock s ON s.variant_id = v.id AND s.location_id = l.id`;
const MOVEMENTS = `inventory_movements m JOIN variants v ON v.id = m.variant_id JOIN locations l ON l.id = m.location_id`;

/** The reads of stock and its movements. */
@Injectable()
export class InventoryReadsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** By SKU, then by location. */
  findLevels(
    filters: LevelFilters,
    after: readonly [sku: string, locationId: string] | undefined,
    limit: number,
  ): Promise<LevelRow[]> {
    const parameters = new Parameters();
    const where = levelConditions(filters, parameters);
    if (after) where.push(`(v.sku, l.id) > (${parameters.add(after[0])}, ${parameters.add(after[1])}::uuid)`);
    return this.transactions.manager.query<LevelRow[]>(
      `SELECT v.id AS "variantId", v.product_id AS "productId", v.sku, p.name, l.id AS "locationId",
         coalesce(s.on_hand, 0) AS "onHand", coalesce(s.reserved, 0) AS reserved
       FROM ${LEVELS} WHERE ${conjunction(where)}
       ORDER BY v.sku, l.id LIMIT ${parameters.add(limit)}`,
      parameters.values,
    );
  }

  countLevels(filters: LevelFilters): Promise<number> {
    const parameters = new Parameters();
    return this.count(LEVELS, levelConditions(filters, parameters), parameters);
  }

  /** Newest first. */
  findMovements(filters: MovementFilters, after: string | undefined, limit: number): Promise<MovementRow[]> {
    const parameters = new Parameters();
    const where = movementConditions(filters, parameters);
    if (after !== undefined) where.push(`m.id < ${parameters.add(after)}::uuid`);
    return this.transactions.manager.query<MovementRow[]>(
      `SELECT m.id, m.variant_id AS "variantId", v.sku, m.location_id AS "locationId", m.on_hand_delta AS "onHandDelta", m.reason,
         m.note, m.actor_id AS "actorId", m.order_id AS "orderId", m.created_at AS "createdAt"
       FROM ${MOVEMENTS} WHERE ${conjunction(where)}
       ORDER BY m.id DESC LIMIT ${parameters.add(limit)}`,
      parameters.values,
    );
  }

  countMovements(filters: MovementFilters): Promise<number> {
    const parameters = new Parameters();
    return this.count(MOVEMENTS, movementConditions(filters, parameters), parameters);
  }

  findLocations(): Promise<Location[]> {
    return this.transactions.query<Location>(`SELECT id, code, name FROM locations ORDER BY code`);
  }

  private async count(from: string, where: readonly string[], { values }: Parameters): Promise<number> {
    const [row] = await this.transactions.manager.query<[{ total: number }]>(
      `SELECT count(*)::int AS total FROM ${from} WHERE ${conjunction(where)}`,
      values,
    );
    return row.total;
  }
}

function levelConditions({ sku, location, below }: LevelFilters, parameters: Parameters): string[] {
  const where: string[] = [];
  if (sku !== undefined) where.push(`v.sku = ${parameters.add(sku)}`);
  if (location !== undefined) where.push(locationCondition(location, parameters));
  if (below !== undefined) where.push(`coalesce(s.on_hand - s.reserved, 0) < ${parameters.add(below)}`);
  return where;
}

function movementConditions({ sku, variantId, location }: MovementFilters, parameters: Parameters): string[] {
  const where: string[] = [];
  if (sku !== undefined) where.push(`m.variant_id = (SELECT id FROM variants WHERE sku = ${parameters.add(sku)})`);
  if (variantId !== undefined) where.push(`m.variant_id = ${parameters.add(variantId)}`);
  if (location !== undefined) where.push(locationCondition(location, parameters));
  return where;
}

function locationCondition(location: string, parameters: Parameters): string {
  return isUuid(location) ? `l.id = ${parameters.add(location)}` : `l.code = ${parameters.add(location)}`;
}
