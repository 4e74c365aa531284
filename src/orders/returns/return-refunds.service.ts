import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Order } from '../entities/order.entity.js';
import { NoCreditAccountError } from '../gift-cards/gift-cards.errors.js';
import type { Refund } from '../payments/entities/refund.entity.js';
import { RefundExceedsError } from '../payments/payments.errors.js';
import { PaymentsRepository } from '../payments/payments.repository.js';
import { RefundPromisesService } from '../payments/refund-promises.service.js';
import { RefundSharesRepository } from '../payments/refund-shares.repository.js';
import { sumOf } from '../../common/money/money.js';
import type { RefundReturnDto, ReturnDetail } from './return.dto.js';
import type { Return } from './return.entity.js';
import { ReturnJournal, STAFF_REACH } from './return-journal.js';
import { ReturnNothingDueError } from './returns.errors.js';
import { ReturnsRepository } from './returns.repository.js';

/** The money for goods that have come back. It goes the way it came; another way (store credit) would be chosen in `promise`. */
@Injectable()
export class ReturnRefundsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly payments: PaymentsRepository,
    private readonly given: RefundSharesRepository,
    private readonly promises: RefundPromisesService,
    private readonly returns: ReturnsRepository,
    private readonly journal: ReturnJournal,
  ) {}

  /**
   * Refunds what came back with a return and has not been refunded, over the payments of its order, oldest first.
   *
   * @throws ReturnNotFoundError; ReturnTransitionError before it is received; ReturnNothingDueError; RefundExceedsError when the payments
   *   have nothing left to give; PaymentAmountError for more than is due, or another currency;
   *   NoCreditAccountError for store credit of an order without an account.
   */
  refund(id: string, dto: RefundReturnDto): Promise<ReturnDetail> {
    return this.transactions.run(async () => {
      const { order, row } = await this.journal.lock(id, STAFF_REACH);
      const isRefunded = row.status === 'refunded';
      if (!isRefunded) row.move('refunded');
      const refunds = await this.promise(order, row, dto);
      if (refunds === null) throw new ReturnNothingDueError();
      if (refunds.length === 0) throw new RefundExceedsError({ amount: 0, currency: order.currency });
      // Money that a provider has refused before is promised anew, which is no other state of the return.
      if (isRefunded) return (await this.journal.detail([row]))[0]!;
      return this.journal.tell(order, await this.returns.save(row), true);
    });
  }

  /**
   * Promises, in the open transaction, what came back with a return of a locked order and has not been refunded.
   *
   * @returns the refunds, none where the payments have nothing left; null when nothing is due.
   */
  async promise(order: Order, { id }: Return, dto: RefundReturnDto): Promise<Refund[] | null> {
    const { amount, shipping, note, to: destination } = dto;
    if (destination === 'store_credit' && order.customerId === null) throw new NoCreditAccountError();
    const payments = await this.payments.lockAllOf(order.id);
    const refunded = await this.given.findOfLines(order.id, id);
    const pieces = (await this.returns.findLines([id])).map(({ orderLineId: lineId, returnedQuantity }) => ({
      lineId,
      quantity: Math.max(returnedQuantity - (refunded.get(lineId)?.quantity ?? 0), 0),
    }));
    const whole = await this.promises.sharesOf(order, pieces, true);
    const shares = amount ? this.promises.reduced(whole, amount, order) : whole;
    if (shipping) shares.push(await this.promises.shippingShareOf(order, shipping));
    const due = shares.filter((share) => share.amount > 0 || share.quantity > 0);
    if (sumOf(due) === 0) return null;
    return this.promises.promise(payments, due, 'returned', { returnId: id, note: note ?? null, destination });
  }
}
