import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InventoryService } from '../../products/inventory/inventory.service.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import { stockedLines } from '../order-totals.js';
import type { Actor } from '../order-status.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Tracking } from './fulfilment.entity.js';
import { FulfilmentJournal } from './fulfilment-journal.js';
import { FulfilmentNotFoundError, FulfilmentNotHeldError, ShippingAddressMissingError } from './fulfilments.errors.js';
import { FulfilmentsRepository, type FulfilmentWithLines } from './fulfilments.repository.js';
import { ShippingCaptures } from './shipping-captures.service.js';

/** Fulfilments on their way: what leaves a location, and what arrives. */
@Injectable()
export class ShipmentsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly fulfilments: FulfilmentsRepository,
    private readonly inventory: InventoryService,
    private readonly captures: ShippingCaptures,
    private readonly journal: FulfilmentJournal,
  ) {}

  /**
   * Ships a fulfilment (domain.md section 5): its pieces leave stock for good, and count as shipped on the order. Where shipping captures,
   * what they come to is claimed in the same transaction. Locks the order, its payments, then stock.
   *
   * @throws FulfilmentNotFoundError; FulfilmentTransitionError unless it is pending; OrderTransitionError unless the order is confirmed and not
   *   held; ShippingAddressMissingError; FulfilmentNotHeldError when the order does not hold the pieces there any more.
   */
  ship(id: string, tracking: Tracking, actor: Actor): Promise<FulfilmentWithLines> {
    return this.transactions.run(async () => {
      const { order, fulfilment } = await this.lock(id);
      const now = new Date();
      fulfilment.ship(tracking, now);
      order.assertShippable(actor);
      if (order.shippingAddress === null && !order.shipping?.isPickup) throw new ShippingAddressMissingError();
      const payments = await this.captures.lock(order.id);
      const isTaken = await this.inventory.ship(order.id, fulfilment.locationId, stockedLines(fulfilment.lines));
      if (!isTaken) throw new FulfilmentNotHeldError();
      const lines = await this.count(order, fulfilment, 'fulfilled_quantity', now);
      await this.fulfilments.save(fulfilment);
      await this.journal.tell('fulfilment.shipped', fulfilment, actor);
      await this.captures.claim(order, payments, lines, fulfilment, now);
      return fulfilment;
    });
  }

  /** Notes that a fulfilment has arrived. @throws FulfilmentNotFoundError; FulfilmentTransitionError unless it is on its way. */
  deliver(id: string, actor: Actor): Promise<FulfilmentWithLines> {
    return this.transactions.run(async () => {
      const { order, fulfilment } = await this.lock(id);
      const now = new Date();
      fulfilment.deliver(now);
      await this.count(order, fulfilment, 'delivered_quantity', now);
      await this.fulfilments.save(fulfilment);
      await this.journal.tell('fulfilment.delivered', fulfilment, actor);
      return fulfilment;
    });
  }

  private async lock(id: string): Promise<{ order: Order; fulfilment: FulfilmentWithLines }> {
    const orderId = (await this.fulfilments.findOrderId(id)) ?? raise(new FulfilmentNotFoundError());
    const order = await this.orders.lockById(orderId);
    return { order, fulfilment: await this.fulfilments.lock(id) };
  }

  /** Counts the pieces on the lines of the locked order, and what follows for it. @returns the lines as they are then. */
  private async count(
    order: Order,
    { id }: FulfilmentWithLines,
    progress: 'fulfilled_quantity' | 'delivered_quantity',
    now: Date,
  ): Promise<OrderLine[]> {
    await this.fulfilments.count(id, progress);
    const lines = await this.orders.findLines([order.id]);
    if (order.settleFulfilment(lines, now)) await this.orders.saveFulfilment(order);
    return lines;
  }
}
