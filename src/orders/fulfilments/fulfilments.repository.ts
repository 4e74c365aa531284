import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThanOrEqual, Not, type FindOptionsWhere, type Repository } from 'typeorm';
import { isUuid } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { LocationNotFoundError } from '../../products/inventory/inventory.errors.js';
import { OrderLine } from '../entities/order-line.entity.js';
import { Fulfilment, FulfilmentLine, type FulfilmentState } from './fulfilment.entity.js';

/** Pieces of a line of the order, with what the order says of it. */
export interface FulfilledLine extends FulfilmentLine {
  /** Null for what the catalogue does not have. */
  readonly variantId: string | null;
  readonly sku: string;
  readonly name: string;
}

/** A fulfilment with its lines, in the order of the order's. */
export type FulfilmentWithLines = Fulfilment & { readonly lines: readonly FulfilledLine[] };

/** What a list of fulfilments is narrowed to; members that are absent narrow nothing. */
export interface FulfilmentFilter {
  readonly status?: readonly FulfilmentState[];
  /** Id or code. */
  readonly location?: string;
}

export const FULFILMENT_SORTS = ['-createdAt', 'createdAt'] as const;
export type FulfilmentSort = (typeof FULFILMENT_SORTS)[number];

/** Fulfilments and their lines. All that belong to one order change under its lock. */
@Injectable()
export class FulfilmentsRepository {
  constructor(
    @InjectRepository(Fulfilment) private readonly fulfilments: Repository<Fulfilment>,
    @InjectRepository(FulfilmentLine) private readonly lines: Repository<FulfilmentLine>,
    private readonly pages: Pages,
    private readonly transactions: TransactionRunner,
  ) {}

  /** @throws LocationNotFoundError */
  async insert(
    fulfilment: Pick<Fulfilment, 'id' | 'orderId' | 'locationId' | 'status'>,
    lines: readonly { readonly lineId: string; readonly quantity: number }[],
  ): Promise<void> {
    await onViolation(this.fulfilments.insert(fulfilment), {
      fulfilments_location_id_fkey: () => new LocationNotFoundError(),
    });
    const fulfilmentId = fulfilment.id;
    await this.lines.insert(lines.map(({ lineId, quantity }) => ({ fulfilmentId, orderLineId: lineId, quantity })));
  }

  /** By age; the ids tell. */
  async findPage(
    { status, location }: FulfilmentFilter,
    sort: FulfilmentSort,
    request: PageRequest,
  ): Promise<Page<FulfilmentWithLines>> {
    const query = this.fulfilments.createQueryBuilder('f');
    if (status) query.andWhere('f.status IN (:...status)', { status });
    if (location !== undefined) {
      const isId = isUuid(location);
      const id = isId ? ':location' : '(SELECT id FROM locations WHERE code = :location)';
      query.andWhere(`f.locationId = ${id}`, { location });
    }
    const context = `fulfilments ${JSON.stringify({ status, location, sort })}`;
    const page = await this.pages.of(query, request, { by: ['f.id'], isDescending: sort === '-createdAt', context });
    return { ...page, data: await this.withLines(page.data) };
  }

  /** Those of an order that is known to be within reach, oldest first. @param forCustomer Without those that were cancelled. */
  async findAllOf(orderId: string, forCustomer = false): Promise<FulfilmentWithLines[]> {
    const where: FindOptionsWhere<Fulfilment> = forCustomer ? { orderId, status: Not('cancelled') } : { orderId };
    return this.withLines(await this.fulfilments.find({ where, order: { id: 'ASC' } }));
  }

  async find(id: string): Promise<FulfilmentWithLines | null> {
    const [fulfilment] = await this.withLines(await this.fulfilments.findBy({ id }));
    return fulfilment ?? null;
  }

  async findOrderId(id: string): Promise<string | null> {
    const found = await this.fulfilments.findOne({ where: { id }, select: { id: true, orderId: true } });
    return found?.orderId ?? null;
  }

  /** Locks a fulfilment of a locked order. */
  async lock(id: string): Promise<FulfilmentWithLines> {
    const [fulfilment] = await this.withLines([
      await this.fulfilments.findOneOrFail({ where: { id }, lock: { mode: 'for_no_key_update' } }),
    ]);
    return fulfilment!;
  }

  /** Locks those of a locked order that are not shipped yet. */
  lockPendingOf(orderId: string): Promise<Fulfilment[]> {
    return this.fulfilments.find({ where: { orderId, status: 'pending' }, lock: { mode: 'for_no_key_update' } });
  }

  /** Raises the version. */
  async save(fulfilment: Fulfilment): Promise<void> {
    await this.fulfilments.save(fulfilment);
  }

  /** Pieces of a locked order that are in fulfilments not shipped yet. */
  findPendingLines(orderId: string): Promise<{ orderLineId: string; locationId: string; quantity: number }[]> {
    return this.lines
      .createQueryBuilder('l')
      .innerJoin(Fulfilment, 'f', 'f.id = l.fulfilmentId')
      .where("f.orderId = :orderId AND f.status = 'pending'", { orderId })
      .select('l.orderLineId', 'orderLineId')
      .addSelect('f.locationId', 'locationId')
      .addSelect('l.quantity', 'quantity')
      .getRawMany();
  }

  /** Counts the pieces of a fulfilment as shipped, or as delivered, on the lines of its locked order. */
  async count(id: string, progress: 'fulfilled_quantity' | 'delivered_quantity'): Promise<void> {
    await this.transactions.execute(
      `UPDATE order_lines l SET ${progress} = l.${progress} + f.quantity
       FROM fulfilment_lines f WHERE f.fulfilment_id = $1 AND l.id = f.order_line_id`,
      [id],
    );
  }

  /** What is on the labels of its pieces today, by line of the order. */
  async findBarcodes(id: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.transactions.query<{ lineId: string; barcode: string }>(
      `SELECT l.id AS "lineId", v.barcode FROM fulfilment_lines p
       JOIN order_lines l ON l.id = p.order_line_id JOIN variants v ON v.id = l.variant_id
       WHERE p.fulfilment_id = $1 AND v.barcode IS NOT NULL`,
      [id],
    );
    return new Map(rows.map(({ lineId, barcode }) => [lineId, barcode]));
  }

  async findLocation(id: string): Promise<{ id: string; code: string; name: string }> {
    const row = await this.transactions.queryOne<{ id: string; code: string; name: string }>(
      `SELECT id, code, name FROM locations WHERE id = $1`,
      [id],
    );
    return row!;
  }

  /** Those that were shipped until `before` and have not been told delivered; longest under way first. */
  async findOverdue(before: Date, limit: number): Promise<string[]> {
    const overdue = await this.fulfilments.find({
      where: { status: 'shipped', shippedAt: LessThanOrEqual(before) },
      order: { shippedAt: 'ASC' },
      select: { id: true, shippedAt: true },
      take: limit,
    });
    return overdue.map(({ id }) => id);
  }

  /** What was sent to a user, oldest first, also of orders without an account under an address that they have proven. */
  list(userId: string): Promise<unknown[]> {
    return this.transactions.query(
      `SELECT f.id, o.number, f.status, f.carrier, f.tracking_number AS "trackingNumber", f.tracking_url AS "trackingUrl",
         f.shipped_at AS "shippedAt", f.delivered_at AS "deliveredAt",
         (SELECT jsonb_agg(jsonb_build_object('name', l.name, 'quantity', p.quantity) ORDER BY l.position)
          FROM fulfilment_lines p JOIN order_lines l ON l.id = p.order_line_id WHERE p.fulfilment_id = f.id) AS lines
       FROM fulfilments f JOIN orders o ON o.id = f.order_id
       WHERE o.id IN (
         SELECT id FROM orders WHERE customer_id = $1
         UNION ALL
         SELECT g.id FROM orders g JOIN users u ON lower(g.email) = u.email_canonical
         WHERE u.id = $1 AND u.email_verified_at IS NOT NULL AND g.customer_id IS NULL)
       ORDER BY f.id`,
      [userId],
    );
  }

  /**
   * Forgets by what the parcels of a person are followed, which leads to their name and street at the carrier; what was in them stays for the
   * books.
   *
   * @param emails Canonical addresses of theirs: one that they have proven, and the one that stands for them now.
   * @returns the ids of all their parcels.
   */
  async erase(userId: string, emails: readonly string[]): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH theirs AS (
         SELECT id FROM orders WHERE customer_id = $1
         UNION ALL
         SELECT id FROM orders WHERE lower(email) = ANY ($2) AND customer_id IS NULL
       ), erased AS (
         UPDATE fulfilments f SET tracking_number = NULL, tracking_url = NULL FROM theirs
         WHERE f.order_id = theirs.id AND (f.tracking_number IS NOT NULL OR f.tracking_url IS NOT NULL)
       )
       SELECT f.id FROM fulfilments f JOIN theirs ON theirs.id = f.order_id`,
      [userId, emails],
    );
    return rows.map(({ id }) => id);
  }

  /** The same for up to `limit` parcels that were sent to erased people later, once they have arrived. @returns how many. */
  async eraseDelivered(limit: number): Promise<number> {
    return this.transactions.execute(
      `UPDATE fulfilments SET tracking_number = NULL, tracking_url = NULL WHERE id IN (
         SELECT f.id FROM orders o JOIN fulfilments f ON f.order_id = o.id
         WHERE o.email LIKE 'erased-%@erased.invalid' AND f.status = 'delivered'
           AND (f.tracking_number IS NOT NULL OR f.tracking_url IS NOT NULL) LIMIT $1)`,
      [limit],
    );
  }

  private async withLines(fulfilments: readonly Fulfilment[]): Promise<FulfilmentWithLines[]> {
    if (fulfilments.length === 0) return [];
    const rows = await this.lines
      .createQueryBuilder('l')
      .innerJoin(OrderLine, 'o', 'o.id = l.orderLineId')
      .where({ fulfilmentId: In(fulfilments.map(({ id }) => id)) })
      .select('l.fulfilmentId', 'fulfilmentId')
      .addSelect('l.orderLineId', 'orderLineId')
      .addSelect('l.quantity', 'quantity')
      .addSelect('o.variantId', 'variantId')
      .addSelect('o.sku', 'sku')
      .addSelect('o.name', 'name')
      .orderBy('o.position')
      .getRawMany<FulfilledLine>();
    return fulfilments.map((fulfilment) =>
      Object.assign(fulfilment, { lines: rows.filter(({ fulfilmentId }) => fulfilmentId === fulfilment.id) }),
    );
  }
}
