import { ApiProperty } from '@nestjs/swagger';
import { PageOf } from '../../common/pagination/page.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { FULFILMENT_STATUSES, type FulfilmentStatus, ORDER_STATUSES, type OrderStatus } from '../order-status.js';
import type { OrderWithLines } from '../orders.repository.js';
import type { OrderDetail } from '../orders.service.js';
import { PaymentResponseDto, toPaymentResponse } from '../payments/dto/payment-response.dto.js';
import { ORDER_PAYMENT_STATUSES, type OrderPaymentStatus } from '../payments/payment-status.js';
import { AddressDto } from '../../common/address/address.dto.js';

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

  /** Tax on the line, where prices exclude it. */
  tax: MoneyDto;

  /** quantity × unitPrice − discount + tax */
  total: MoneyDto;
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
   * ISO 4217 code of every amount of the order.
   * @example "EUR"
   */
  currency: string;

  /** What was bought. */
  lines: OrderLineResponseDto[];

  /** Sum of quantity × unitPrice. */
  subtotal: MoneyDto;

  /** Sum of the discounts. */
  discountTotal: MoneyDto;

  /** What shipping costs. */
  shippingTotal: MoneyDto;

  /** Tax, where prices exclude it. */
  taxTotal: MoneyDto;

  /** What is to be paid. */
  total: MoneyDto;

  /**
   * Where mail about the order goes.
   * @example "ada@example.com"
   */
  email: string;

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

  /** @example 1 */
  version: number;
}

/** An order with what has been paid. */
export class OrderDetailResponseDto extends OrderResponseDto {
  /** Every attempt to pay, oldest first. */
  payments: PaymentResponseDto[];
}

export class PlacedOrderResponseDto extends OrderDetailResponseDto {
  /**
   * Only for a guest, and only here: sent back as `X-Order-Token`, it opens this order.
   * @example "sho_Q2hlY2sgb3V0IHRoaXMgdG9rZW4sIGl0IGlzIG5vdCByZWFs"
   */
  orderToken?: string;
}

/** One page of orders. */
export class OrderPageResponseDto extends PageOf(OrderResponseDto) {}

export function toOrderResponse(order: OrderWithLines): OrderResponseDto {
  const { currency } = order;
  const money = (amount: number): MoneyDto => ({ amount, currency });
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    paymentStatus: order.paymentStatus,
    fulfilmentStatus: order.fulfilmentStatus,
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
    })),
    subtotal: money(order.subtotalAmount),
    discountTotal: money(order.discountTotalAmount),
    shippingTotal: money(order.shippingTotalAmount),
    taxTotal: money(order.taxTotalAmount),
    total: money(order.totalAmount),
    email: order.email,
    customerId: order.customerId,
    shippingAddress: order.shippingAddress,
    billingAddress: order.billingAddress,
    cancelReason: order.cancelReason,
    placedAt: order.placedAt.toISOString(),
    expiresAt: order.expiresAt?.toISOString() ?? null,
    confirmedAt: order.confirmedAt?.toISOString() ?? null,
    version: order.version,
  };
}

export function toOrderDetailResponse(order: OrderDetail): OrderDetailResponseDto {
  return { ...toOrderResponse(order), payments: order.payments.map(toPaymentResponse) };
}
