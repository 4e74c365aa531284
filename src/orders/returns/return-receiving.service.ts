import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InventoryService, type ReturnedStock } from '../../products/inventory/inventory.service.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import { OrdersRepository } from '../orders.repository.js';
import type { ReceivedLineDto, ReceiveReturnDto, ReturnDetail } from './return.dto.js';
import type { ReturnLine } from './return.entity.js';
import { ReturnJournal, STAFF_REACH } from './return-journal.js';
import { ReturnRefundsService } from './return-refunds.service.js';
import { ReturnExceedsError, ReturnLineUnknownError } from './returns.errors.js';
import { ReturnsRepository } from './returns.repository.js';

/** Goods that have come back. */
@Injectable()
export class ReturnReceivingService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly returns: ReturnsRepository,
    private readonly inventory: InventoryService,
    private readonly refunds: ReturnRefundsService,
    private readonly journal: ReturnJournal,
  ) {}

  /**
   * Takes the goods of an approved return, all of it in one step: sellable pieces are on hand again, damaged ones are written off, and what is
   * not named has not come. What came back is refunded at once, unless said otherwise.
   *
   * Everything is one transaction; providers are asked for the refunds once it is committed. Locks the order, its payments, then stock.
   *
   * @throws ReturnNotFoundError, ReturnTransitionError, ReturnLineUnknownError, ReturnExceedsError, LocationNotFoundError, StockOutOfRangeError
   */
  receive(id: string, dto: ReceiveReturnDto, actor: Actor): Promise<ReturnDetail> {
    return this.transactions.run(async () => {
      const { order, row } = await this.journal.lock(id, STAFF_REACH);
      row.move('received');
      row.receivedAt = new Date();
      const lines = await this.returns.findLines([id]);
      const ordered = await this.orders.findLines([order.id]);
      count(lines, dto.lines);
      await this.returns.saveLines(lines);
      for (const { orderLineId, returnedQuantity } of lines) {
        if (returnedQuantity > 0) await this.orders.addReturned(orderLineId, returnedQuantity);
      }
      const progress = ordered.map((line) => ({
        ...line,
        returnedQuantity: line.returnedQuantity + backOf(lines, line.id),
      }));
      if (order.settleFulfilment(progress, row.receivedAt)) await this.orders.saveFulfilment(order);
      const saved = await this.returns.save(row);
      const refunds = dto.refund === false ? null : await this.refunds.promise(order, saved, {});
      await this.inventory.takeBack(order.id, stockOf(lines, ordered), dto.locationId, responsibleUserId(actor));
      const received = await this.journal.tell(order, saved, true);
      if (!refunds?.length) return received;
      saved.move('refunded');
      return this.journal.tell(order, await this.returns.save(saved), true);
    });
  }
}

/** Notes in what condition pieces came back. @throws ReturnLineUnknownError, ReturnExceedsError */
function count(lines: readonly ReturnLine[], received: readonly ReceivedLineDto[]): void {
  received.forEach(({ lineId, condition, quantity }, index) => {
    const line = lines.find(({ orderLineId }) => orderLineId === lineId) ?? raise(new ReturnLineUnknownError(index));
    const left = line.quantity - line.returnedQuantity - line.missingQuantity;
    if (quantity > left) throw new ReturnExceedsError(index, left);
    line[`${condition}Quantity`] += quantity;
  });
  for (const line of lines) line.missingQuantity = line.quantity - line.returnedQuantity;
}

const backOf = (lines: readonly ReturnLine[], id: string): number =>
  lines.find(({ orderLineId }) => orderLineId === id)?.returnedQuantity ?? 0;

/** Pieces that lie somewhere now; what staff wrote freely is of no variant. */
const stockOf = (lines: readonly ReturnLine[], ordered: readonly OrderLine[]): ReturnedStock[] =>
  lines.flatMap(({ orderLineId, returnedQuantity, sellableQuantity: sellable, damagedQuantity: damaged }) => {
    const variantId = ordered.find(({ id }) => id === orderLineId)?.variantId;
    return variantId && returnedQuantity > 0 ? [{ variantId, sellable, damaged }] : [];
  });
