import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderReach } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import type { ListReturnsDto, RequestReturnDto, ReturnDetail } from './return.dto.js';
import { Return, ReturnLine } from './return.entity.js';
import { ReturnJournal, STAFF_REACH } from './return-journal.js';
import {
  ReturnExceedsError,
  ReturnLineUnknownError,
  ReturnNotFoundError,
  ReturnWindowClosedError,
} from './returns.errors.js';
import { ReturnsRepository } from './returns.repository.js';

/** The caller's reach, which may depend on the order: a guest's token opens one. */
type ReachOf = (orderId: string) => OrderReach;

/** Returns until the goods are there: asked for, approved or rejected, given up. */
@Injectable()
export class ReturnsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly returns: ReturnsRepository,
    private readonly journal: ReturnJournal,
    private readonly environment: Environment,
  ) {}

  /**
   * Asks to send pieces of an order back.
   *
   * The order's lock keeps the pieces within what has been shipped and is neither back nor in another open return (domain.md S4).
   *
   * @throws OrderNotFoundError; ReturnLineUnknownError; ReturnExceedsError; ReturnWindowClosedError once `RETURN_WINDOW` has passed since the
   *   last pieces arrived, unless staff ask.
   */
  request(orderId: string, dto: RequestReturnDto, reach: OrderReach): Promise<ReturnDetail> {
    return this.transactions.run(async () => {
      const order = (await this.orders.lock(orderId, reach)) ?? raise(new OrderNotFoundError());
      const lines = await this.orders.findLines([orderId]);
      const open = await this.returns.findOpenQuantities(orderId);
      dto.lines.forEach(({ lineId, quantity }, index) => {
        const line = lines.find(({ id }) => id === lineId) ?? raise(new ReturnLineUnknownError(index));
        const left = line.fulfilledQuantity - line.returnedQuantity - (open.get(lineId) ?? 0);
        if (quantity > left) throw new ReturnExceedsError(index, left);
      });
      if (!reach.isStaff) await this.assertInTime(order);
      const row = Return.of(orderId, dto.note ?? null);
      await this.returns.insert(
        row,
        dto.lines.map(({ lineId, quantity, reason = null }) =>
          Object.assign(new ReturnLine(), { returnId: row.id, orderLineId: lineId, quantity, reason }),
        ),
      );
      return this.journal.tell(order, (await this.returns.find(row.id))!, reach.isStaff);
    });
  }

  /** Staff take the goods back once they are there. @throws ReturnNotFoundError, ReturnTransitionError */
  approve(id: string): Promise<ReturnDetail> {
    return this.change(id, STAFF_REACH, (row) => row.move('approved'));
  }

  /** Staff do not take the goods back. @throws ReturnNotFoundError, ReturnTransitionError */
  reject(id: string, reason: string): Promise<ReturnDetail> {
    return this.change(id, STAFF_REACH, (row) => {
      row.move('rejected');
      row.rejectReason = reason;
    });
  }

  /** Gives a return up whose goods are not there yet; its pieces can be returned again. @throws ReturnNotFoundError, ReturnTransitionError */
  cancel(id: string, reachOf: ReachOf): Promise<ReturnDetail> {
    return this.change(id, reachOf, (row) => row.move('cancelled'));
  }

  /** @throws ReturnNotFoundError also when its order is out of reach. */
  async get(id: string, reachOf: ReachOf): Promise<ReturnDetail> {
    const row = (await this.returns.find(id)) ?? raise(new ReturnNotFoundError());
    if (!(await this.orders.isReached(row.orderId, reachOf(row.orderId)))) throw new ReturnNotFoundError();
    return (await this.journal.detail([row]))[0]!;
  }

  /** The returns of an order, oldest first. @throws OrderNotFoundError */
  async list(orderId: string, reach: OrderReach): Promise<ReturnDetail[]> {
    if (!(await this.orders.isReached(orderId, reach))) throw new OrderNotFoundError();
    return this.journal.detail(await this.returns.findAllOf(orderId));
  }

  /** One page of all returns, newest first. @throws InvalidRequestError for a cursor of another list. */
  async findAll({ status, orderId, ...request }: ListReturnsDto): Promise<Page<ReturnDetail>> {
    const page = await this.returns.findPage({ status, orderId }, request);
    return { ...page, data: await this.journal.detail(page.data) };
  }

  private change(id: string, reachOf: ReachOf, move: (row: Return) => void): Promise<ReturnDetail> {
    return this.transactions.run(async () => {
      const { order, row, reach } = await this.journal.lock(id, reachOf);
      move(row);
      return this.journal.tell(order, await this.returns.save(row), reach.isStaff);
    });
  }

  /** Counted from when the last pieces arrived, or were sent where nobody has said that they did. */
  private async assertInTime({ id, placedAt }: Order): Promise<void> {
    const since = (await this.returns.findLastArrival(id)) ?? placedAt;
    const closedAt = new Date(since.getTime() + this.environment.RETURN_WINDOW * 1000);
    if (closedAt.getTime() < Date.now()) throw new ReturnWindowClosedError(closedAt);
  }
}
