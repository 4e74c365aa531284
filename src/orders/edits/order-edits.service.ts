import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { OrderReach } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import { PaymentsRepository } from '../payments/payments.repository.js';
import { EditLimits } from './edit-limits.service.js';
import { EditPlanner } from './edit-planner.service.js';
import type { ProposeEditDto } from './order-edit.dto.js';
import { OrderEdit } from './order-edit.entity.js';
import { OrderEditNotFoundError } from './order-edits.errors.js';
import { OrderEditsRepository } from './order-edits.repository.js';

/** What staff mean to change on orders, until it is decided. */
@Injectable()
export class OrderEditsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly edits: OrderEditsRepository,
    private readonly limits: EditLimits,
    private readonly planner: EditPlanner,
  ) {}

  /**
   * Prices what is to change, and keeps that; the order stays as it is.
   *
   * @throws OrderNotFoundError; OrderNotEditableError unless it is confirmed or held; OrderEditTooLowError for less than is packed, shipped or
   *   refunded; and what `EditPlanner.plan` throws.
   */
  propose(orderId: string, dto: ProposeEditDto, reach: OrderReach): Promise<OrderEdit> {
    return this.transactions.run(async () => {
      const order = (await this.orders.lock(orderId, reach)) ?? raise(new OrderNotFoundError());
      order.assertRevisable();
      const lines = await this.orders.findLines([orderId]);
      const plan = await this.planner.plan(order, lines, await this.payments.findAllOf(orderId), dto);
      await this.limits.assertWithin(order, lines, plan);
      const edit = OrderEdit.of(order, plan, dto.reason ?? null);
      await this.edits.insert(edit);
      return (await this.edits.find(edit.id))!;
    });
  }

  /** The edits of an order, oldest first. @throws OrderNotFoundError */
  async list(orderId: string, reach: OrderReach): Promise<OrderEdit[]> {
    if (!(await this.orders.isReached(orderId, reach))) throw new OrderNotFoundError();
    return this.edits.findAllOf(orderId);
  }

  /** @throws OrderEditNotFoundError also when it is of another order. */
  async get(orderId: string, id: string): Promise<OrderEdit> {
    const edit = await this.edits.find(id);
    return edit?.orderId === orderId ? edit : raise(new OrderEditNotFoundError());
  }

  /** Drops an edit that has not been decided. @throws OrderEditNotFoundError, OrderEditTransitionError */
  cancel(id: string): Promise<OrderEdit> {
    return this.transactions.run(async () => {
      const { orderId } = (await this.edits.find(id)) ?? raise(new OrderEditNotFoundError());
      await this.orders.lockById(orderId);
      const edit = (await this.edits.find(id))!;
      edit.decide('cancelled');
      return this.edits.save(edit);
    });
  }
}
