import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type HeldStock, InventoryService, MAIN_LOCATION_ID } from '../../products/inventory/inventory.service.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import type { OrderReach } from '../order-access.js';
import { type Actor, SYSTEM } from '../order-status.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Tracking } from './fulfilment.entity.js';
import { FulfilmentJournal } from './fulfilment-journal.js';
import { splitByLocation, type WantedLine } from './fulfilment-split.js';
import {
  FulfilmentExceedsError,
  FulfilmentLineUnknownError,
  FulfilmentNotFoundError,
  FulfilmentNotThereError,
} from './fulfilments.errors.js';
import {
  type FulfilmentFilter,
  type FulfilmentSort,
  FulfilmentsRepository,
  type FulfilmentWithLines,
} from './fulfilments.repository.js';

/** What is to be shipped of an order. */
export interface FulfilmentRequest {
  /** All that is left, unless given. */
  readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[];
  /** Wherever the pieces lie, unless given. */
  readonly locationId?: string;
}

/** Fulfilments until they are shipped. */
@Injectable()
export class FulfilmentsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly fulfilments: FulfilmentsRepository,
    private readonly inventory: InventoryService,
    private readonly journal: FulfilmentJournal,
  ) {}

  /**
   * Puts pieces of an order together to be shipped (domain.md section 5): one fulfilment for each location at which they lie. Stock stays
   * held; pieces that are in a fulfilment are in no other.
   *
   * @returns at least one.
   * @throws OrderNotFoundError; OrderTransitionError unless the order is confirmed and not held; FulfilmentLineUnknownError,
   *   FulfilmentExceedsError and FulfilmentNotThereError pointing at lines; LocationNotFoundError.
   */
  create(orderId: string, request: FulfilmentRequest, reach: OrderReach): Promise<FulfilmentWithLines[]> {
    return this.transactions.run(async () => {
      const order = (await this.orders.lock(orderId, reach)) ?? raise(new OrderNotFoundError());
      order.assertShippable(reach.actor);
      const lines = await this.orders.findLines([orderId]);
      const pending = await this.fulfilments.findPendingLines(orderId);
      const wanted = wantedOf(request.lines, lines, pending);
      const { locationId } = request;
      const free = (await this.inventory.heldBy(orderId))
        .filter((held) => locationId === undefined || held.locationId === locationId)
        .map((held) => ({ ...held, quantity: held.quantity - pendingOf(held, lines, pending) }));
      const { parcels, missing } = splitByLocation(wanted, free, locationId ?? MAIN_LOCATION_ID);
      if (missing.size > 0) {
        throw new FulfilmentNotThereError(
          wanted.flatMap(({ lineId, quantity }, index) => {
            const lacking = missing.get(lineId);
            return lacking === undefined ? [] : [{ index, left: quantity - lacking }];
          }),
        );
      }
      const created: FulfilmentWithLines[] = [];
      for (const parcel of parcels) {
        const id = newId();
        await this.fulfilments.insert({ id, orderId, locationId: parcel.locationId, status: 'pending' }, parcel.lines);
        created.push(await this.fulfilments.lock(id));
      }
      for (const fulfilment of created) await this.journal.tell('fulfilment.created', fulfilment, reach.actor);
      return created;
    });
  }

  /** One page of fulfilments, whoever's orders they are of. @throws InvalidRequestError for a cursor of another list. */
  findAll(filter: FulfilmentFilter, sort: FulfilmentSort, request: PageRequest): Promise<Page<FulfilmentWithLines>> {
    return this.fulfilments.findPage(filter, sort, request);
  }

  /** Those of an order, oldest first; customers get those that were not cancelled. @throws OrderNotFoundError */
  async findAllOf(orderId: string, reach: OrderReach): Promise<FulfilmentWithLines[]> {
    if (!(await this.orders.isReached(orderId, reach))) throw new OrderNotFoundError();
    return this.fulfilments.findAllOf(orderId, !reach.isStaff);
  }

  /**
   * @param reachOf The caller's reach, which may depend on the order: a guest's token opens one.
   * @throws FulfilmentNotFoundError also when its order is out of reach.
   */
  async get(id: string, reachOf: (orderId: string) => OrderReach): Promise<FulfilmentWithLines> {
    const fulfilment = (await this.fulfilments.find(id)) ?? raise(new FulfilmentNotFoundError());
    const reach = reachOf(fulfilment.orderId);
    const isSeen = reach.isStaff || fulfilment.status !== 'cancelled';
    if (!isSeen || !(await this.orders.isReached(fulfilment.orderId, reach))) throw new FulfilmentNotFoundError();
    return fulfilment;
  }

  /**
   * Changes by whom it goes and how it is followed; null removes, and what is already so changes nothing.
   *
   * @throws FulfilmentNotFoundError, VersionMismatchError; FulfilmentTransitionError when it was cancelled.
   */
  track(id: string, tracking: Tracking, actor: Actor, expectedVersion?: number): Promise<FulfilmentWithLines> {
    return this.change(id, async (fulfilment) => {
      assertVersion(fulfilment, expectedVersion);
      const { version } = fulfilment;
      fulfilment.track(tracking);
      await this.fulfilments.save(fulfilment);
      if (fulfilment.version !== version) await this.journal.tell('fulfilment.updated', fulfilment, actor);
    });
  }

  /** Gives up what is not shipped yet: its pieces can be put into another. @throws FulfilmentNotFoundError, FulfilmentTransitionError */
  cancel(id: string, actor: Actor): Promise<FulfilmentWithLines> {
    return this.change(id, async (fulfilment) => {
      fulfilment.cancel();
      await this.fulfilments.save(fulfilment);
      await this.journal.tell('fulfilment.cancelled', fulfilment, actor);
    });
  }

  /** Gives up all that is not shipped yet of a locked order that has just ended. */
  async cancelAllOf(orderId: string): Promise<void> {
    for (const fulfilment of await this.fulfilments.lockPendingOf(orderId)) {
      fulfilment.cancel();
      await this.fulfilments.save(fulfilment);
      // Who ended the order is in its own history and record.
      await this.journal.tell('fulfilment.cancelled', fulfilment, SYSTEM);
    }
  }

  private change(id: string, work: (fulfilment: FulfilmentWithLines) => Promise<void>): Promise<FulfilmentWithLines> {
    return this.transactions.run(async () => {
      const orderId = (await this.fulfilments.findOrderId(id)) ?? raise(new FulfilmentNotFoundError());
      await this.orders.lockById(orderId);
      const fulfilment = await this.fulfilments.lock(id);
      await work(fulfilment);
      return fulfilment;
    });
  }
}

/** Pieces of a line that are in fulfilments not shipped yet. */
interface PendingLine {
  readonly orderLineId: string;
  readonly locationId: string;
  readonly quantity: number;
}

/**
 * What is to be shipped, by line: what was asked for, or all that is left.
 *
 * @throws FulfilmentLineUnknownError, FulfilmentExceedsError
 */
function wantedOf(
  asked: FulfilmentRequest['lines'],
  lines: readonly OrderLine[],
  pending: readonly PendingLine[],
): WantedLine[] {
  const leftOf = ({ id, quantity, cancelledQuantity, fulfilledQuantity }: OrderLine): number =>
    quantity - cancelledQuantity - fulfilledQuantity - sum(pending.filter(({ orderLineId }) => orderLineId === id));
  if (!asked) {
    const all = lines.map((line) => ({ lineId: line.id, variantId: line.variantId, quantity: leftOf(line) }));
    const wanted = all.filter(({ quantity }) => quantity > 0);
    return wanted.length > 0 ? wanted : raise(new FulfilmentExceedsError([]));
  }
  const found = asked.map(({ lineId }) => lines.find(({ id }) => id === lineId));
  const unknown = found.flatMap((line, index) => (line ? [] : [index]));
  if (unknown.length > 0) throw new FulfilmentLineUnknownError(unknown);
  const exceeded = asked.flatMap(({ quantity }, index) => {
    const left = leftOf(found[index]!);
    return quantity > left ? [{ index, left }] : [];
  });
  if (exceeded.length > 0) throw new FulfilmentExceedsError(exceeded);
  return asked.map(({ lineId, quantity }, index) => ({ lineId, variantId: found[index]!.variantId, quantity }));
}

/** Pieces of what is held that are in fulfilments already. */
function pendingOf(
  { variantId, locationId }: HeldStock,
  lines: readonly OrderLine[],
  pending: readonly PendingLine[],
): number {
  const ofVariant = new Set(lines.filter((line) => line.variantId === variantId).map(({ id }) => id));
  return sum(pending.filter((line) => line.locationId === locationId && ofVariant.has(line.orderLineId)));
}

const sum = (parts: readonly { readonly quantity: number }[]): number =>
  parts.reduce((total, { quantity }) => total + quantity, 0);
