import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { allocate, type Money, sumOf } from '../../common/money/money.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import { OrdersRepository } from '../orders.repository.js';
import type { Payment, RefundAsked } from './entities/payment.entity.js';
import type { Refund, RefundReason } from './entities/refund.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { returnable } from './payment-status.js';
import { PaymentAmountError, RefundLineError } from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';
import { RefundSharesRepository } from './refund-shares.repository.js';
import {
  amountShare,
  NOTHING_GIVEN_BACK,
  pieceShare,
  type RefundShare,
  type ShareBase,
  spread,
} from './refund-shares.js';

/** Pieces of a line. */
export interface RefundedPieces {
  readonly lineId: string;
  readonly quantity: number;
}

/** An amount, or all that is left of it. */
export type AmountOrAll = Money | true;

/** What pieces and shipping come to, and promises of it; all in the open transaction, of an order and payments that are locked. */
@Injectable()
export class RefundPromisesService {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly given: RefundSharesRepository,
    private readonly outbox: Outbox,
  ) {}

  /**
   * What pieces of lines come to: their share of what the line comes to, less what has been given back of it.
   *
   * @param isCapped Of pieces that have been refunded already, those that are left are meant.
   * @throws RefundLineError for a line that is not of the order, or more pieces than are left.
   */
  async sharesOf(order: Order, asked: readonly RefundedPieces[], isCapped = false): Promise<RefundShare[]> {
    if (asked.length === 0) return [];
    const lines = await this.orders.findLines([order.id]);
    const refunded = await this.given.findOfLines(order.id);
    return asked.map(({ lineId, quantity }, index) => {
      const line = lines.find(({ id }) => id === lineId) ?? raise(new RefundLineError(index, null));
      const given = refunded.get(lineId) ?? NOTHING_GIVEN_BACK;
      const left = line.quantity - given.quantity;
      if (quantity > left && !isCapped) throw new RefundLineError(index, left);
      const base: ShareBase = { lineId, total: line.totalAmount, tax: line.taxAmount, given };
      return pieceShare(base, line.quantity, Math.min(quantity, left));
    });
  }

  /**
   * The share of what shipping comes to, its tax included.
   *
   * @throws PaymentAmountError for more than is left of it, or another currency.
   */
  async shippingShareOf(order: Order, asked: AmountOrAll): Promise<RefundShare> {
    const given = await this.given.findOfShipping(order.id);
    const tax = order.shippingTaxAmount;
    const total = order.shippingTotalAmount + (order.pricesIncludeTax ? 0 : tax);
    const left = { amount: Math.max(total - given.amount, 0), currency: order.currency };
    const { amount, currency } = asked === true ? left : asked;
    if (amount > left.amount || currency !== left.currency) throw new PaymentAmountError(left);
    return amountShare({ lineId: null, total, tax, given }, amount);
  }

  /**
   * Shares that come to less than they would, because staff keep the rest.
   *
   * @throws PaymentAmountError for more than they come to, or another currency.
   */
  reduced(shares: readonly RefundShare[], { amount, currency }: Money, order: Order): RefundShare[] {
    const limit = { amount: sumOf(shares), currency: order.currency };
    if (amount > limit.amount || currency !== limit.currency) throw new PaymentAmountError(limit);
    if (limit.amount === 0) return [...shares];
    const parts = allocate(
      amount,
      shares.map((share) => share.amount),
    );
    return shares.map(({ base, quantity, amount: whole }, index) =>
      amountShare(base, parts[index]!, quantity, whole - parts[index]!),
    );
  }

  /**
   * Promises shares back: of one payment after the other, oldest first, as far as they can give.
   *
   * @returns the refunds; the provider is asked for them once this is committed.
   */
  async promise(
    payments: readonly Payment[],
    shares: readonly RefundShare[],
    reason: RefundReason,
    asked: Pick<RefundAsked, 'note' | 'requestKey' | 'returnId' | 'destination'>,
  ): Promise<Refund[]> {
    const refunds: Refund[] = [];
    for (const [index, parts] of spread(shares, payments.map(returnable)).entries()) {
      const amount = sumOf(parts);
      if (amount > 0) refunds.push(await this.promiseOf(payments[index]!, amount, parts, reason, asked));
    }
    return refunds;
  }

  /** Promises an amount of one payment back, with what it is for. The payment must be able to give it. */
  async promiseOf(
    payment: Payment,
    amount: number,
    parts: readonly RefundShare[],
    reason: RefundReason,
    asked: Pick<RefundAsked, 'note' | 'requestKey' | 'returnId' | 'destination'> = {},
  ): Promise<Refund> {
    const shipping = parts.find(({ base }) => base.lineId === null);
    const refund = payment.promiseRefund(amount, reason, new Date(), {
      ...asked,
      shippingAmount: shipping?.amount ?? 0,
      shippingTaxAmount: shipping?.taxAmount ?? 0,
    });
    this.payments.save(payment);
    this.payments.insertRefund(
      refund,
      parts.flatMap(({ base: { lineId }, quantity, amount: part, withheldAmount, taxAmount }) =>
        lineId === null
          ? []
          : [{ refundId: refund.id, orderLineId: lineId, quantity, amount: part, withheldAmount, taxAmount }],
      ),
    );
    await this.outbox.add(new PaymentEvent('payment.refund_requested', payment, { refundId: refund.id }));
    return refund;
  }
}
