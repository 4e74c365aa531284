import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsUUID,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
  IsString,
  MaxLength,
} from 'class-validator';
import { AddressDto } from '../../common/address/address.dto.js';
import { IsCurrencyCode, MoneyDto } from '../../common/money/money.dto.js';
import { IsId, IsNotBlank, MayBeAbsent, NeedsAnyOf } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { IsLanguageTag } from '../../common/validation/language-tag.js';
import { MAX_GIFT_CARDS, MAX_LINE_QUANTITY, MAX_LINES } from '../order-limits.js';
import { IsShippingMethod } from '../shipping/shipping-method.dto.js';
import { PayOrderDto } from '../payments/dto/pay-order.dto.js';
import type { PaymentInput } from '../payments/payments.service.js';
import { MAX_CODES } from '../promotions/promotion.dto.js';
import { canonicalCode } from '../promotions/promotion-rules.js';

export class PlaceOrderLineDto {
  /**
   * What is bought.
   * @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a"
   */
  @IsUUID()
  variantId: string;

  /**
   * Pieces.
   * @example 2
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;
}

@NeedsAnyOf('cartId', 'lines')
export class PlaceOrderDto {
  /**
   * A cart to order: its lines and currency, and its e-mail, addresses and language unless they are given here. In the place of `lines`.
   */
  @MayBeAbsent()
  @IsId()
  // No example: an order is of lines or of a cart, and the example of the whole shows lines.
  @ApiPropertyOptional({ format: 'uuid', examples: [] })
  cartId?: string;

  /** What is bought, without a cart. Lines of the same variant become one. */
  @ValidateIf(({ cartId, lines }: PlaceOrderDto) => cartId === undefined || lines !== undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_LINES)
  @ValidateNested({ each: true })
  @Type(() => PlaceOrderLineDto)
  lines?: PlaceOrderLineDto[];

  /**
   * Where the confirmation goes. Guests must give one; for customers it is their own unless they do.
   * @example "ada@example.com"
   */
  @MayBeAbsent()
  @IsEmailAddress()
  email?: string;

  /**
   * BCP 47 tag of the language in which mail about the order is written; by default what `Accept-Language` asks for and mail speaks, else that
   * of the customer's account, else that of the shop.
   * @example "de-AT"
   */
  @MayBeAbsent()
  @IsLanguageTag()
  language?: string;

  /** May come later, but before anything is shipped. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => AddressDto)
  shippingAddress?: AddressDto;

  /**
   * Id or code of a method that is offered; that of the cart unless given. Needed with a `shippingAddress` where the shop ships for a price.
   * @example "standard"
   */
  @MayBeAbsent()
  @IsShippingMethod()
  shippingMethod?: string;

  /** For the invoice, if it is another one. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => AddressDto)
  billingAddress?: AddressDto;

  /**
   * ISO 4217 code of the currency to buy in; EUR unless given. Every variant must have a price in it. Not beside `cartId`.
   * @example "EUR"
   */
  @MayBeAbsent()
  @IsCurrencyCode()
  currency?: string;

  /**
   * Codes of promotions, in any case; beside `cartId`, in the place of those of the cart. One that does not apply refuses the order, unless
   * `expectedTotal` is the total without it.
   * @example ["SPRING10"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_CODES)
  @ArrayUnique((code: unknown) => canonicalCode(String(code)), { message: 'must not have one code twice' })
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  @IsNotBlank({ each: true })
  promotionCodes?: string[];

  /**
   * What the shopper has to say about the order.
   * @example "It is a present: please put no invoice into the parcel."
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(2000)
  @IsNotBlank()
  note?: string;

  /** The total the shopper was shown; the order is refused when it differs. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  expectedTotal?: MoneyDto;

  /**
   * Codes of gift cards, which pay in this order and before `payment`. One that pays nothing ends it: the order waits for another payment.
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_GIFT_CARDS)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  @ApiPropertyOptional({ examples: [] })
  giftCards?: string[];

  /** Pays the order, or what gift cards leave of it, in the same call. If that fails, the order waits for another payment. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => PayOrderDto)
  payment?: PayOrderDto;
}

/** Gift cards first: what they leave is the other payment's. */
export function paymentsOf({ giftCards = [], payment }: PlaceOrderDto): PaymentInput[] {
  return [...giftCards.map((code) => ({ provider: 'gift_card' as const, code })), ...(payment ? [payment] : [])];
}
