import { ApiProperty, ApiPropertyOptional, IntersectionType, OmitType } from '@nestjs/swagger';
import { PageOf } from '../../common/pagination/page.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import type { OrderReach } from '../order-access.js';
import {
  FULFILMENT_STATUSES,
  type FulfilmentStatus,
  ORDER_ORIGINS,
  ORDER_STATUSES,
  type OrderOrigin,
  type OrderStatus,
  RETURN_STATUSES,
  type ReturnStatus,
} from '../order-status.js';
import type { ExpandedOrder, OrderDetail } from '../orders.service.js';
import { PaymentResponseDto, toPaymentResponse } from '../payments/dto/payment-response.dto.js';
import { dueOf, ORDER_PAYMENT_STATUSES, type OrderPaymentStatus } from '../payments/payment-status.js';
import { AddressDto } from '../../common/address/address.dto.js';
import {
  AppliedPromotionDto,
  AppliedTaxDto,
  LineAdjustmentDto,
  OrderShippingDto,
  priced,
  toShippingResponse,
} from './order-pricing.dto.js';

/** What the catalogue says today of a variant that was ordered. */
export class OrderedVariantResponseDto {
  /** @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a" */
  id: string;

  /** @example "MUG-BLUE" */
  sku: string;

  /**
   * Its value of each option of the product.
   * @example { "colour": "blue" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  options: Record<string, string>;

  /** @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0b" */
  productId: string;

  /** @example "mug" */
  productSlug: string;

  /** @example "Mug" */
  productName: string;

  /**
   * Whether it can be bought still.
   * @example true
   */
  isSold: boolean;
}

/** Who ordered, as the account says today. */
export class OrderingCustomerResponseDto {
  /** @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f" */
  id: string;

  /** @example "ada@example.com" */
  email: string;

  /** @example "Ada Lovelace" */
  @ApiProperty({ type: String, nullable: true })
  name: string | null;
}

export class OrderLineResponseDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  id: string;

  /**
   * Null for what the catalogue does not have.
   * @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a"
   */
  @ApiProperty({ type: String, nullable: true })
  variantId: string | null;

  /**
   * As on the day of the order.
   * @example "MUG-BLUE"
   */
  sku: string;

  /**
   * As on the day of the order.
   * @example "Mug, blue"
   */
  name: string;

  /**
   * Pieces.
   * @example 2
   */
  quantity: number;

  /** Price of one piece on the day of the order. */
  unitPrice: MoneyDto;

  /** Taken off the line. */
  discount: MoneyDto;

  /** Tax on the line: contained in its total where `pricesIncludeTax`, else added to it. */
  tax: MoneyDto;

  /** quantity × unitPrice − discount, and + tax unless `pricesIncludeTax`. */
  total: MoneyDto;

  /** What the discount is made of. */
  adjustments: LineAdjustmentDto[];

  /** What the tax is made of. */
  taxes: AppliedTaxDto[];

  /** What the catalogue says of it today; only with `expand=lines.variant`. */
  @ApiPropertyOptional({ type: OrderedVariantResponseDto, nullable: true })
  variant?: OrderedVariantResponseDto | null;
}

export class OrderStaffLineResponseDto extends OrderLineResponseDto {
  /**
   * Why the price is not that of the catalogue, where it is not.
   * @example "Promised on the phone"
   */
  @ApiProperty({ type: String, nullable: true })
  priceReason: string | null;

  /**
   * Pieces that will not be delivered.
   * @example 0
   */
  cancelledQuantity: number;

  /**
   * Pieces that are on their way or delivered.
   * @example 0
   */
  fulfilledQuantity: number;

  /**
   * Of those, pieces that have arrived.
   * @example 0
   */
  deliveredQuantity: number;

  /**
   * Pieces that have come back.
   * @example 0
   */
  returnedQuantity: number;
}

export class OrderResponseDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  id: string;

  /**
   * For people; it opens nothing.
   * @example "1001"
   */
  number: string;

  /**
   * Where the order is in its life.
   * @example "pending_payment"
   */
  @ApiProperty({ enum: ORDER_STATUSES })
  status: OrderStatus;

  /**
   * How much is paid; follows from the payments.
   * @example "unpaid"
   */
  @ApiProperty({ enum: ORDER_PAYMENT_STATUSES })
  paymentStatus: OrderPaymentStatus;

  /**
   * How much is shipped; follows from the fulfilments.
   * @example "unfulfilled"
   */
  @ApiProperty({ enum: FULFILMENT_STATUSES })
  fulfilmentStatus: FulfilmentStatus;

  /**
   * How much is coming back; follows from the returns.
   * @example "none"
   */
  @ApiProperty({ enum: RETURN_STATUSES })
  returnStatus: ReturnStatus;

  /**
   * ISO 4217 code of every amount of the order.
   * @example "EUR"
   */
  currency: string;

  /** What was bought. */
  lines: OrderLineResponseDto[];

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

  /** What is to be paid: subtotal − discountTotal + shippingTotal, and + taxTotal unless `pricesIncludeTax`. */
  total: MoneyDto;

  /** How it is shipped; null when nobody has chosen. */
  @ApiProperty({ type: OrderShippingDto, nullable: true })
  shipping: OrderShippingDto | null;

  /** Which promotions apply. */
  promotions: AppliedPromotionDto[];

  /**
   * Where mail about the order goes.
   * @example "ada@example.com"
   */
  email: string;

  /**
   * BCP 47 tag of the language of that mail; null for that of the customer's account, else of the shop.
   * @example "de-AT"
   */
  @ApiProperty({ type: String, nullable: true })
  language: string | null;

  /**
   * Who bought, by user id; null for a guest.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @ApiProperty({ type: String, nullable: true })
  customerId: string | null;

  /** Where the goods go, once known. */
  @ApiProperty({ type: AddressDto, nullable: true })
  shippingAddress: AddressDto | null;

  /** Where the invoice goes, if elsewhere. */
  @ApiProperty({ type: AddressDto, nullable: true })
  billingAddress: AddressDto | null;

  /**
   * What the customer had to say when placing it, if anything.
   * @example "It is a present: please put no invoice into the parcel."
   */
  note?: string;

  /**
   * Why it was cancelled, if somebody said so.
   * @example "Ordered by mistake"
   */
  @ApiProperty({ type: String, nullable: true })
  cancelReason: string | null;

  /** @example "2026-03-01T10:00:00.000Z" */
  placedAt: string;

  /**
   * Until when the stock is held without payment; null once it is held for good, or given back.
   * @example "2026-03-01T10:30:00.000Z"
   */
  @ApiProperty({ type: String, nullable: true })
  expiresAt: string | null;

  /**
   * When it was paid.
   * @example "2026-03-01T10:00:01.000Z"
   */
  @ApiProperty({ type: String, nullable: true })
  confirmedAt: string | null;

  /**
   * When the last piece arrived; null until all have.
   * @example "2026-03-04T12:40:00.000Z"
   */
  @ApiProperty({ type: String, nullable: true })
  deliveredAt: string | null;

  /** @example 1 */
  version: number;

  /** Who ordered; null for a guest. Only with `expand=customer`. */
  @ApiPropertyOptional({ type: OrderingCustomerResponseDto, nullable: true })
  customer?: OrderingCustomerResponseDto | null;

  /** Every attempt to pay, oldest first. In lists only with `expand=payments`. */
  payments?: PaymentResponseDto[];

  /**
   * What is still to be paid: all of an order that waits for it, and what an edit has added to one that was paid. In lists only with
   * `expand=payments`.
   */
  due?: MoneyDto;
}

/** What only staff see of an order. */
class OrderStaffPart {
  /** What was bought. */
  lines: OrderStaffLineResponseDto[];

  /**
   * Words by which staff find it again.
   * @example ["wholesale"]
   */
  tags: string[];

  /**
   * Who wrote it: a shopper, staff, or an import of past orders.
   * @example "shop"
   */
  @ApiProperty({ enum: ORDER_ORIGINS })
  origin: OrderOrigin;
}

/** An order as staff see it. */
export class OrderStaffResponseDto extends IntersectionType(OmitType(OrderResponseDto, ['lines']), OrderStaffPart) {}

/** An order with what has been paid. */
export class OrderDetailResponseDto extends OrderResponseDto {
  /** Every attempt to pay, oldest first. */
  override payments: PaymentResponseDto[];

  /** What is still to be paid: all of an order that waits for it, and what an edit has added to one that was paid. */
  override due: MoneyDto;
}

/** An order with what has been paid, as staff see it. */
export class OrderStaffDetailResponseDto extends IntersectionType(
  OmitType(OrderDetailResponseDto, ['lines']),
  OrderStaffPart,
) {}

export class PlacedOrderResponseDto extends OrderDetailResponseDto {
  /**
   * Only for a guest, and only here: sent back as `X-Order-Token`, it opens this order.
   * @example "sho_Q2hlY2sgb3V0IHRoaXMgdG9rZW4sIGl0IGlzIG5vdCByZWFs"
   */
  orderToken?: string;
}

/** One page of orders. */
export class OrderPageResponseDto extends PageOf(OrderResponseDto) {}

/** One page of orders as staff see them. */
export class OrderStaffPageResponseDto extends PageOf(OrderStaffResponseDto) {}

export function toOrderResponse(order: ExpandedOrder): OrderResponseDto {
  const { currency, variants, customer, payments } = order;
  const money = (amount: number): MoneyDto => ({ amount, currency });
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    paymentStatus: order.paymentStatus,
    fulfilmentStatus: order.fulfilmentStatus,
    returnStatus: order.returnStatus,
    currency,
    lines: order.lines.map((line) => ({
      id: line.id,
      variantId: line.variantId,
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      unitPrice: money(line.unitPriceAmount),
      discount: money(line.discountAmount),
      tax: money(line.taxAmount),
      total: money(line.totalAmount),
      adjustments: priced(line.adjustments, currency),
      taxes: priced(line.taxes, currency),
      ...(variants && { variant: variants.get(line.variantId ?? '') ?? null }),
    })),
    subtotal: money(order.subtotalAmount),
    discountTotal: money(order.discountTotalAmount),
    shippingTotal: money(order.shippingTotalAmount),
    taxTotal: money(order.taxTotalAmount),
    shippingTax: money(order.shippingTaxAmount),
    pricesIncludeTax: order.pricesIncludeTax,
    total: money(order.totalAmount),
    shipping: order.shipping && toShippingResponse(order.shipping, currency),
    promotions: priced(order.promotions, currency),
    email: order.email,
    language: order.language,
    customerId: order.customerId,
    shippingAddress: order.shippingAddress,
    billingAddress: order.billingAddress,
    cancelReason: order.cancelReason,
    placedAt: order.placedAt.toISOString(),
    expiresAt: order.expiresAt?.toISOString() ?? null,
    confirmedAt: order.confirmedAt?.toISOString() ?? null,
    deliveredAt: order.deliveredAt?.toISOString() ?? null,
    version: order.version,
    ...(order.customerNote !== null && { note: order.customerNote }),
    ...(customer !== undefined && { customer }),
    ...(payments && paidOf({ ...order, payments })),
  };
}

export function toOrderStaffResponse(order: ExpandedOrder): OrderStaffResponseDto {
  const { lines, ...response } = toOrderResponse(order);
  const { tags, origin } = order;
  return {
    ...response,
    lines: lines.map((line, index) => {
      const { priceReason, cancelledQuantity, fulfilledQuantity, deliveredQuantity, returnedQuantity } =
        order.lines[index]!;
      return { ...line, priceReason, cancelledQuantity, fulfilledQuantity, deliveredQuantity, returnedQuantity };
    }),
    tags,
    origin,
  };
}

/** What has been paid, and what is still to be. */
function paidOf({
  status,
  totalAmount,
  currency,
  payments,
}: Pick<OrderDetail, 'status' | 'totalAmount' | 'currency' | 'payments'>) {
  const isOpen = status === 'pending_payment' || status === 'confirmed' || status === 'on_hold';
  return {
    payments: payments.map(toPaymentResponse),
    due: { amount: isOpen ? dueOf(totalAmount, payments) : 0, currency },
  };
}

export function toOrderDetailResponse(order: OrderDetail): OrderDetailResponseDto {
  return { ...toOrderResponse(order), ...paidOf(order) };
}

export function toOrderStaffDetailResponse(order: OrderDetail): OrderStaffDetailResponseDto {
  return { ...toOrderStaffResponse(order), ...paidOf(order) };
}

/** The answer for who reaches the order: staff see more. */
export const toDetailFor = (
  { isStaff }: OrderReach,
  order: OrderDetail,
): OrderDetailResponseDto | OrderStaffDetailResponseDto =>
  isStaff ? toOrderStaffDetailResponse(order) : toOrderDetailResponse(order);
