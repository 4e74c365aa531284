import { ApiProperty } from '@nestjs/swagger';
import { AddressDto } from '../../../common/address/address.dto.js';
import { ResourceResponse } from '../../../common/http/resource.dto.js';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { AVAILABILITIES, type Availability } from '../../../products/dto/variant-response.dto.js';
import {
  AppliedPromotionDto,
  AppliedTaxDto,
  LineAdjustmentDto,
  OrderShippingDto,
  priced,
  toShippingResponse,
} from '../../dto/order-pricing.dto.js';
import { explain } from '../../pricing/explain.js';
import type { ExplanationDto } from '../../pricing/explanation.dto.js';
import type { PricedCart } from '../cart-pricing.js';
import { CART_STATUSES, type CartStatus } from '../entities/cart.entity.js';

/** What would keep a cart from becoming an order now. */
export class CartProblemDto {
  /**
   * As POST /orders would refuse it.
   * @example "product.insufficient_stock"
   */
  code: string;

  /** @example "3 of MUG-BLUE requested, 2 available." */
  message: string;

  /**
   * Which line it is about; null for the cart as a whole.
   * @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d"
   */
  @ApiProperty({ type: String, nullable: true })
  lineId: string | null;
}

export class CartLineResponseDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  id: string;

  /** @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a" */
  variantId: string;

  /** @example "MUG-BLUE" */
  sku: string;

  /** @example "Mug, blue" */
  name: string;

  /**
   * Pieces.
   * @example 2
   */
  quantity: number;

  /** Price of one piece now; null when there is none in the cart’s currency. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  unitPrice: MoneyDto | null;

  /** Taken off the line; null for what cannot be bought now. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  discount: MoneyDto | null;

  /** Tax on the line: contained in its total where `pricesIncludeTax`, else added to it; null for what cannot be bought now. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  tax: MoneyDto | null;

  /** quantity × unitPrice − discount, and + tax unless `pricesIncludeTax`; null for what cannot be bought now, and counts nothing. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  total: MoneyDto | null;

  /** What the discount is made of. */
  adjustments: LineAdjustmentDto[];

  /** What the tax is made of. */
  taxes: AppliedTaxDto[];

  /**
   * How much there is; nothing of it is held.
   * @example "in_stock"
   */
  @ApiProperty({ enum: AVAILABILITIES })
  availability: Availability;

  /** What keeps this line from being ordered. */
  problems: CartProblemDto[];
}

/** A cart, priced anew whenever it is read. */
export class CartResponseDto extends ResourceResponse {
  /**
   * Only an active cart changes and can be ordered.
   * @example "active"
   */
  @ApiProperty({ enum: CART_STATUSES })
  status: CartStatus;

  /**
   * ISO 4217 code of every amount of the cart.
   * @example "EUR"
   */
  currency: string;

  /**
   * Where the confirmation of the order will go, once known.
   * @example "ada@example.com"
   */
  @ApiProperty({ type: String, nullable: true })
  email: string | null;

  /**
   * BCP 47 tag of the language in which mail about the order is written; null for that of the shop.
   * @example "en-GB"
   */
  @ApiProperty({ type: String, nullable: true })
  language: string | null;

  /**
   * Whose it is, by user id; null for a guest.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @ApiProperty({ type: String, nullable: true })
  customerId: string | null;

  /** What is wanted, in the order in which it was added. */
  lines: CartLineResponseDto[];

  /** Sum of quantity × unitPrice. */
  subtotal: MoneyDto;

  /** Sum of the discounts on the lines. */
  discountTotal: MoneyDto;

  /** What shipping costs, less what is taken off it. */
  shippingTotal: MoneyDto;

  /** Tax on lines and shipping: contained in their amounts where `pricesIncludeTax`, else added to them. */
  taxTotal: MoneyDto;

  /** That part of `taxTotal` which is on shipping. */
  shippingTax: MoneyDto;

  /**
   * Whether prices contain their tax.
   * @example false
   */
  pricesIncludeTax: boolean;

  /** How it is to be shipped; null until somebody has chosen, or when the choice cannot be had. */
  @ApiProperty({ type: OrderShippingDto, nullable: true })
  shipping: OrderShippingDto | null;

  /** Which promotions apply. */
  promotions: AppliedPromotionDto[];

  /**
   * In upper case, in the order in which they were entered, whether or not they apply.
   * @example ["SPRING10"]
   */
  promotionCodes: string[];

  /** What would be to be paid now; give it as `expectedTotal` when you order. */
  total: MoneyDto;

  /** Everything that would keep the cart from becoming an order now; empty when nothing does. */
  problems: CartProblemDto[];

  /** Where the goods go, once known. */
  @ApiProperty({ type: AddressDto, nullable: true })
  shippingAddress: AddressDto | null;

  /** Where the invoice goes, if elsewhere. */
  @ApiProperty({ type: AddressDto, nullable: true })
  billingAddress: AddressDto | null;

  /**
   * The order that was made of it.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a"
   */
  @ApiProperty({ type: String, nullable: true })
  orderId: string | null;

  /**
   * Until when it stays as it is if nobody changes it. Then an active cart is abandoned, and any other is deleted.
   * @example "2026-03-31T10:00:00.000Z"
   */
  expiresAt: Date;
}

export class CreatedCartResponseDto extends CartResponseDto {
  /**
   * Only for a guest, and only here: sent back as `X-Cart-Token`, it opens this cart.
   * @example "shb_Q2hlY2sgb3V0IHRoaXMgdG9rZW4sIGl0IGlzIG5vdCByZWFs"
   */
  cartToken?: string;
}

export function toCartResponse({ cart, lines, pricing, problems, orderId }: PricedCart): CartResponseDto {
  const { currency } = cart;
  const { shipping, promotions } = pricing;
  return {
    id: cart.id,
    status: cart.status,
    currency,
    email: cart.email,
    language: cart.language,
    customerId: cart.customerId,
    lines: lines.map((line) => ({
      id: line.id,
      variantId: line.variantId,
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      discount: line.priced?.discount ?? null,
      tax: line.priced?.tax ?? null,
      total: line.priced?.total ?? null,
      adjustments: priced(line.priced?.adjustments ?? [], currency),
      taxes: priced(line.priced?.taxes ?? [], currency),
      availability: line.availability,
      problems: [...line.problems],
    })),
    ...pricing.totals,
    shipping: shipping && toShippingResponse(shipping, currency),
    promotions: priced(promotions, currency),
    promotionCodes: cart.promotionCodes,
    problems: [...problems],
    shippingAddress: cart.shippingAddress,
    billingAddress: cart.billingAddress,
    orderId,
    expiresAt: cart.expiresAt,
    createdAt: cart.createdAt,
    updatedAt: cart.updatedAt,
    version: cart.version,
  };
}

/** Says of every amount of a priced cart why it is that much. */
export function toCartExplanation({ cart, lines, pricing }: PricedCart): ExplanationDto {
  const { totals, shipping, shippingOptions, outcomes, taxReasons } = pricing;
  return explain({
    currency: cart.currency,
    pricesIncludeTax: totals.pricesIncludeTax,
    lines: lines.map(({ reason, ...line }) => ({ ...line, priceReasons: [reason] })),
    shipping,
    shippingReason: shippingOptions.find(({ methodId }) => methodId === shipping?.methodId)?.reason,
    totals,
    outcomes,
    taxReasons,
  });
}
