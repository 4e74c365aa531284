import { MoneyDto } from '../../../common/money/money.dto.js';
import type { Payment } from '../entities/payment.entity.js';
import type { NextAction } from '../payment-provider.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../payment-status.js';
import { PAYMENT_PROVIDER_NAMES, type PaymentProviderName } from '../provider-list.js';
import { ApiProperty } from '@nestjs/swagger';

/** What the shopper has to do: go to the page `url`, or hand `clientSecret` to the provider's script. */
export class NextActionDto {
  /** @example "redirect" */
  @ApiProperty({ enum: ['redirect', 'client_secret'] })
  type: NextAction['type'];

  /**
   * Of a `redirect`.
   * @example "https://pay.example/confirm/3f2a"
   */
  url?: string;

  /**
   * Of a `client_secret`.
   * @example "pi_3f2a_secret_9b1c"
   */
  clientSecret?: string;
}

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

  /** What captures and voids that have no outcome yet speak for, of what is authorised and not captured. */
  claimedAmount: MoneyDto;

  /** What goes back and has not arrived yet. */
  refundPendingAmount: MoneyDto;

  /** What has gone back. */
  refundedAmount: MoneyDto;

  /** What the shopper has to do before the payment goes on, while it is `requires_action`; null otherwise. */
  @ApiProperty({ type: () => NextActionDto, nullable: true })
  nextAction: NextActionDto | null;

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
    claimedAmount: { amount: payment.claimedAmount, currency },
    refundPendingAmount: { amount: payment.refundPendingAmount, currency },
    refundedAmount: { amount: payment.refundedAmount, currency },
    nextAction: payment.status === 'requires_action' ? payment.nextAction : null,
    failureCode: payment.failureCode,
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
    version: payment.version,
  };
}

/** The payments of an order, on one page. */
export class PaymentListResponseDto {
  /** Oldest first. */
  data: PaymentResponseDto[];

  /**
   * Always null: the payments of an order have one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}
