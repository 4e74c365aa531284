import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { IsId, IsNotBlank, MayBeAbsent } from '../../../common/validation/decorators.js';
import { REFUND_DESTINATIONS, REFUND_REASONS, type RefundDestination } from '../entities/refund.entity.js';
import { CAPTURE_MODES, type CaptureMode } from '../payment-provider.js';
import { PAYMENT_PROVIDER_NAMES, type PaymentProviderName } from '../provider-list.js';

/** How an order is paid. */
export class PayOrderDto {
  /**
   * `fake` is for development and tests only; `manual` is for staff, who vouch for the whole amount. `gift_card` and `store_credit` take what
   * there is; the rest is due still, and paid by another payment. `store_credit` is that of the signed-in customer.
   * @example "fake"
   */
  @IsIn(PAYMENT_PROVIDER_NAMES)
  provider: PaymentProviderName;

  /**
   * The means of payment, as the provider's own form made it. The fake provider knows `tok_success`, `tok_decline`, `tok_action` (the shopper
   * confirms on a page first), `tok_processing` and `tok_timeout`. For `stripe` it is the id of a PaymentMethod (`pm_…`) of Stripe.js.
   * @example "tok_success"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(255)
  @IsNotBlank()
  token?: string;

  /**
   * The code of a `gift_card`, in the place of `token`; case, blanks and hyphens do not matter. A card that pays nothing is `failed`:
   * `code_mistyped`, `code_unknown`, `card_expired`, `card_empty` or `wrong_currency`.
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  @IsNotBlank()
  @ApiPropertyOptional({ examples: [] })
  code?: string;

  /**
   * Whether the money is taken at once, or held until it is captured; for staff. As the shop has set it, unless said.
   * @example "now"
   */
  @MayBeAbsent()
  @IsIn(CAPTURE_MODES)
  capture?: CaptureMode;
}

/** How an order is paid, in whole or in part. */
export class PayDueDto extends PayOrderDto {
  /** A part of what is due; all of it, unless given. The order is confirmed once its payments come to its total. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;
}

/** What is taken of an authorised payment. */
export class CapturePaymentDto {
  /** A part of what can be captured; all of it, unless given. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;

  /**
   * Gives up what is left. With providers that capture once, every capture does.
   * @example true
   */
  @MayBeAbsent()
  @IsBoolean()
  isFinal?: boolean;
}

/** Pieces of a line that are refunded. */
export class RefundedLineDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  @IsId()
  lineId: string;

  /**
   * Pieces.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity: number;
}

/** A member that names an amount, or is true for all that is left. */
export const IsAmountOrAll = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined && value !== true),
    ValidateNested(),
    Type(() => MoneyDto),
    ApiPropertyOptional({ oneOf: [{ $ref: getSchemaPath(MoneyDto) }, { type: 'boolean', enum: [true] }] }),
  );

/** What is given back of a payment: an amount, or pieces of lines and shipping; all of it, unless said. */
export class RefundPaymentDto {
  /** Not together with `lines` or `shipping`. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;

  /** Each comes to its share of what its line comes to. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((line: RefundedLineDto | null) => line?.lineId)
  @ValidateNested({ each: true })
  @Type(() => RefundedLineDto)
  lines?: RefundedLineDto[];

  /**
   * What of shipping goes back, its tax included: an amount, or `true` for all that is left of it.
   * @example true
   */
  @IsAmountOrAll()
  shipping?: MoneyDto | true;

  /**
   * Why.
   * @example "requested_by_customer"
   */
  @MayBeAbsent()
  @IsIn(REFUND_REASONS)
  reason?: (typeof REFUND_REASONS)[number];

  /**
   * Whereto: the way it came, unless said, or onto the store credit of the customer, for an order that has one.
   * @example "payment"
   */
  @MayBeAbsent()
  @IsIn(REFUND_DESTINATIONS)
  to?: RefundDestination;

  /**
   * Words about it, for staff only.
   * @example "Arrived with a broken handle"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  note?: string;
}
