import { MoneyDto } from '../../../common/money/money.dto.js';
import type { Payment } from '../entities/payment.entity.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../payment-status.js';
import { PAYMENT_PROVIDER_NAMES, type PaymentProviderName } from '../provider-list.js';
import { ApiProperty } from '@nestjs/swagger';

/** One attempt to pay an order. */
export class PaymentResponseDto {
  /** @example "01970c1e-7e55-7a51-9d6f-0c8f6d0b1a2e" */
  id: string;

  /**
   * The order that is paid.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a"
   */
  orderId: string;

  /**
   * Who moves the money.
   * @example "fake"
   */
  @ApiProperty({ enum: PAYMENT_PROVIDER_NAMES })
  provider: PaymentProviderName;

  /**
   * Where the payment is; `processing` means that the provider has not said yet.
   * @example "captured"
   */
  @ApiProperty({ enum: PAYMENT_STATUSES })
  status: PaymentStatus;

  /** What was asked for. */
  amount: MoneyDto;

  /** What the provider holds for the shop, including what is captured. */
  authorisedAmount: MoneyDto;

  /** What the shop has. */
  capturedAmount: MoneyDto;

  /** What goes back and has not arrived yet. */
  refundPendingAmount: MoneyDto;

  /** What has gone back. */
  refundedAmount: MoneyDto;

  /**
   * Why it failed, in the provider's words.
   * @example "card_declined"
   */
  @ApiProperty({ type: String, nullable: true })
  failureCode: string | null;

  /** @example "2026-03-01T10:00:00.000Z" */
  createdAt: string;

  /** @example "2026-03-01T10:00:01.000Z" */
  updatedAt: string;

  /** @example 2 */
  version: number;
}

export function toPaymentResponse(payment: Payment): PaymentResponseDto {
  const { currency } = payment;
  return {
    id: payment.id,
    orderId: payment.orderId,
    provider: payment.provider,
    status: payment.status,
    amount: { amount: payment.amount, currency },
    authorisedAmount: { amount: payment.authorisedAmount, currency },
    capturedAmount: { amount: payment.capturedAmount, currency },
    refundPendingAmount: { amount: payment.refundPendingAmount, currency },
    refundedAmount: { amount: payment.refundedAmount, currency },
    failureCode: payment.failureCode,
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
    version: payment.version,
  };
}
