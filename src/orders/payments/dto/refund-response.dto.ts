import { ApiProperty } from '@nestjs/swagger';
import { MoneyDto } from '../../../common/money/money.dto.js';
import {
  ALL_REFUND_REASONS,
  REFUND_DESTINATIONS,
  type RefundDestination,
  type RefundReason,
} from '../entities/refund.entity.js';
import { REFUND_STATUSES, type RefundStatus } from '../payment-status.js';
import type { RefundWithLines } from '../payments.repository.js';

/** Pieces of a line that were refunded, and what they came to. */
export class RefundLineResponseDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  lineId: string;

  /**
   * 0 where another refund of the same pieces comes first, because one payment could not give all of it.
   * @example 1
   */
  quantity: number;

  /** What goes back for them, tax included. */
  amount: MoneyDto;

  /** The tax in it. */
  tax: MoneyDto;
}

/** Money of a payment that goes back. */
export class RefundResponseDto {
  /** @example "01970c1e-8f10-7c3a-8a55-5f3c6f1d2b4d" */
  id: string;

  /** @example "01970c1e-7e55-7a51-9d6f-0c8f6d0b1a2e" */
  paymentId: string;

  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  orderId: string;

  /**
   * `pending` until the provider has said; `failed` when it refused, which frees the amount.
   * @example "succeeded"
   */
  @ApiProperty({ enum: REFUND_STATUSES })
  status: RefundStatus;

  amount: MoneyDto;

  /**
   * Why: `returned` is for goods that came back; `order_cancelled`, `late_payment`, `paid_twice` and `order_edited` are the shop's own doing.
   * @example "requested_by_customer"
   */
  @ApiProperty({ enum: ALL_REFUND_REASONS })
  reason: RefundReason;

  /**
   * Whereto it goes: the way it came, or onto the store credit of the customer.
   * @example "payment"
   */
  @ApiProperty({ enum: REFUND_DESTINATIONS })
  to: RefundDestination;

  /**
   * Words of the staff; null for everyone else.
   * @example "Arrived with a broken handle"
   */
  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  /** What it is for; empty where it was asked for by amount. */
  lines: RefundLineResponseDto[];

  /** How much of it is for shipping, tax included. */
  shipping: MoneyDto;

  /** The tax in that. */
  shippingTax: MoneyDto;

  /**
   * The return it is made for, if any.
   * @example "01970c1e-9f10-7c3a-8a55-5f3c6f1d2b4d"
   */
  @ApiProperty({ type: String, nullable: true })
  returnId: string | null;

  /**
   * Why it failed, in the provider's words.
   * @example "charge_disputed"
   */
  @ApiProperty({ type: String, nullable: true })
  failureCode: string | null;

  /** @example "2026-03-01T10:00:00.000Z" */
  createdAt: string;

  /**
   * When the provider had made or refused it; null until then.
   * @example "2026-03-01T10:00:01.000Z"
   */
  @ApiProperty({ type: String, nullable: true })
  settledAt: string | null;
}

/** The refunds of a payment, on one page. */
export class RefundListResponseDto {
  /** Oldest first. */
  data: RefundResponseDto[];

  /**
   * Always null: the refunds of a payment have one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

export function toRefundResponse(refund: RefundWithLines, isStaff: boolean): RefundResponseDto {
  const { id, paymentId, orderId, returnId, status, currency, reason, note, failureCode, createdAt, settledAt } =
    refund;
  const money = (amount: number): MoneyDto => ({ amount, currency });
  return {
    id,
    paymentId,
    orderId,
    status,
    amount: money(refund.amount),
    reason,
    to: refund.destination,
    note: isStaff ? note : null,
    lines: refund.lines.map(({ orderLineId, quantity, amount, taxAmount }) => ({
      lineId: orderLineId,
      quantity,
      amount: money(amount),
      tax: money(taxAmount),
    })),
    shipping: money(refund.shippingAmount),
    shippingTax: money(refund.shippingTaxAmount),
    returnId,
    failureCode,
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
  };
}
