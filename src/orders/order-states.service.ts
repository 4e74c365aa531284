import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { DomainError, raise } from '../common/errors/domain.error.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import { InventoryService } from '../products/inventory/inventory.service.js';
import type { Order } from './entities/order.entity.js';
import type { OrderChange } from './entities/order-history-entry.entity.js';
import { OrderEvent } from './events/order.event.js';
import type { OrderReach } from './order-access.js';
import { SYSTEM } from './order-status.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository } from './orders.repository.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** Orders that one look at the table takes up. */
const BATCH = 100;

/** What staff do with a confirmed order: hold it, let it go on, and close it. */
@Injectable()
export class OrderStatesService {
  private readonly logger = new Logger(OrderStatesService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly inventory: InventoryService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Holds a confirmed order (domain.md O8): its stock stays its own, and no money is captured. @throws OrderNotFoundError, OrderTransitionError */
  hold(id: string, reason: string | null, reach: OrderReach): Promise<void> {
    return this.change(id, reach, (order) => order.hold(reach.actor, new Date(), reason));
  }

  /** Lets an order go on that was held. @throws OrderNotFoundError, OrderTransitionError */
  release(id: string, reach: OrderReach): Promise<void> {
    return this.change(id, reach, (order) => order.release(reach.actor, new Date()));
  }

  /** Closes an order (domain.md O10). @throws OrderNotFoundError, OrderTransitionError, OrderNotCompletableError */
  complete(id: string, reach: OrderReach): Promise<void> {
    return this.change(id, reach, async (order) => {
      const payments = await this.payments.lockAllOf(id);
      const change = order.complete(reach.actor, new Date(), await this.orders.findLines([id]), payments);
      // What was cancelled of a line has been given back with it; an order that is over must hold nothing, whatever came before (S5).
      await this.inventory.release(id);
      return change;
    });
  }

  /** Closes every order that is delivered and settled. @returns how many. */
  async completeDue(): Promise<number> {
    let completed = 0;
    for (let after: string | null = null; ;) {
      const due: string[] = await this.orders.findCompletable(after, BATCH);
      for (const id of due) if (await this.completeOne(id)) completed += 1;
      after = due.at(-1) ?? null;
      if (due.length < BATCH) return completed;
    }
  }

  /** One whose guard does not hold is left to a later run, or to staff; so is one that fails. */
  private async completeOne(id: string): Promise<boolean> {
    try {
      await this.complete(id, { isStaff: true, customerId: null, holdsToken: false, actor: SYSTEM });
      return true;
    } catch (error) {
      if (!(error instanceof DomainError)) this.logger.error(`order ${id} could not be completed: ${String(error)}`);
      return false;
    }
  }

  private change(
    id: string,
    reach: OrderReach,
    move: (order: Order) => OrderChange | Promise<OrderChange>,
  ): Promise<void> {
    return this.transactions.run(async () => {
      const order = (await this.orders.lock(id, reach)) ?? raise(new OrderNotFoundError());
      const { status } = order;
      const change = await move(order);
      this.orders.save(order, change);
      await this.outbox.add(new OrderEvent(change.type, order, change.version));
      if (reach.actor.kind === 'staff') {
        await this.audit.record({
          action: change.type,
          target: { type: 'order', id },
          before: { status },
          after: { status: order.status },
        });
      }
    });
  }
}
