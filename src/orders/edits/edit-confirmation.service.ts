import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type HeldStock, InventoryService } from '../../products/inventory/inventory.service.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderReach } from '../order-access.js';
import { OrdersRepository } from '../orders.repository.js';
import { orderReturnStatus } from '../returns/return.entity.js';
import { EditBooks } from './edit-books.service.js';
import { EditLimits } from './edit-limits.service.js';
import { type EditPlan, heldMore } from './edit-plan.js';
import type { OrderEdit } from './order-edit.entity.js';
import { OrderEditNotFoundError, OrderEditOutdatedError } from './order-edits.errors.js';
import { OrderEditsRepository } from './order-edits.repository.js';

/** Makes of an order what an edit says. */
@Injectable()
export class EditConfirmationService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly inventory: InventoryService,
    private readonly edits: OrderEditsRepository,
    private readonly limits: EditLimits,
    private readonly books: EditBooks,
  ) {}

  /**
   * Writes what was proposed, and nothing else: lines and totals, the stock that is held, what is due, and a refund of what has been paid
   * beyond the new total. One transaction, one version of the order. Locks the order, its payments, then stock.
   *
   * @throws OrderEditNotFoundError; OrderEditTransitionError once it is decided; OrderEditOutdatedError when the order has another version by
   *   now; OrderNotEditableError; OrderEditTooLowError; InsufficientStockError, and then nothing has changed.
   */
  confirm(id: string, reach: OrderReach): Promise<OrderEdit> {
    return this.transactions.run(async () => {
      const found = (await this.edits.find(id)) ?? raise(new OrderEditNotFoundError());
      const order = await this.orders.lockById(found.orderId);
      const edit = (await this.edits.find(id))!;
      edit.decide('confirmed');
      if (order.version !== edit.orderVersion) throw new OrderEditOutdatedError(order.version);
      const now = new Date();
      const change = order.revise(reach.actor, now, edit.reason);
      const { plan } = edit;
      await this.limits.assertWithin(order, await this.orders.findLines([order.id]), plan);
      const payments = await this.books.lock(order);
      await this.hold(order, plan);
      await this.edits.applyTo(order.id, plan);
      Object.assign(order, plan.after);
      const lines = await this.orders.findLines([order.id]);
      order.settleFulfilment(lines, now);
      if (order.returnStatus.endsWith('returned')) order.returnStatus = orderReturnStatus(lines, false);
      await this.books.close(order, payments, change);
      return this.edits.save(edit);
    });
  }

  /** Holds the pieces that are added, all of them or none, and gives back those that are not wanted any more. */
  private async hold(order: Order, plan: EditPlan): Promise<void> {
    const more = [...heldMore(plan)].map(([variantId, quantity]) => ({ variantId, quantity }));
    const fewer = more.filter(({ quantity }) => quantity < 0);
    const free = fewer.length > 0 ? await this.freeOf(order) : [];
    await this.inventory.rehold(
      order.id,
      more.filter(({ quantity }) => quantity > 0),
      fewer.flatMap(({ variantId, quantity }) => {
        let left = -quantity;
        return free.flatMap((held) => {
          const given = held.variantId === variantId ? Math.min(left, held.quantity) : 0;
          left -= given;
          return given > 0 ? [{ ...held, quantity: given }] : [];
        });
      }),
    );
  }

  /** What the order holds and is in no parcel. */
  private async freeOf(order: Order): Promise<HeldStock[]> {
    const packed = await this.edits.findPacked(order.id);
    return (await this.inventory.heldBy(order.id)).map((held) => ({
      ...held,
      quantity: packed.reduce(
        (free, { variantId, locationId, quantity }) =>
          variantId === held.variantId && locationId === held.locationId ? free - quantity : free,
        held.quantity,
      ),
    }));
  }
}
