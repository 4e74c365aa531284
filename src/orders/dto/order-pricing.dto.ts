import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Money } from '../../common/money/money.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import type { OrderShipping } from '../order-totals.js';

/** What a promotion, or staff, have taken off a line. */
export class LineAdjustmentDto {
  /**
   * Null for what staff have taken off.
   * @example "01970c1e-2d3e-7f4a-8b5c-6d7e8f9a0b1c"
   */
  @ApiProperty({ type: String, nullable: true })
  promotionId: string | null;

  /**
   * As the customer entered it; null for what applies by itself.
   * @example "SPRING10"
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;

  /** @example "Ten percent off in spring" */
  name: string;

  /** How much. */
  amount: MoneyDto;

  /**
   * Set where neither a promotion nor staff did it: the customer does not pay the tax that the price contains.
   * @example "tax_exempt"
   */
  @ApiPropertyOptional({ enum: ['tax_exempt'] })
  cause?: 'tax_exempt';
}

/** What one tax comes to. */
export class AppliedTaxDto {
  /**
   * Null for a rate that a provider of taxes has told.
   * @example "01970c1e-3e4f-7a5b-8c6d-7e8f9a0b1c2d"
   */
  @ApiProperty({ type: String, nullable: true })
  rateId: string | null;

  /** @example "VAT" */
  name: string;

  /**
   * A decimal fraction.
   * @example "0.19"
   */
  rate: string;

  /** How much. */
  amount: MoneyDto;

  /**
   * Country, or country and region, it is due in.
   * @example "CA-QC"
   */
  place?: string;
}

/** How an order is shipped, as on the day it was placed. */
export class OrderShippingDto {
  /** @example "01970c1e-4f5a-7b6c-8d7e-8f9a0b1c2d3e" */
  @ApiProperty({ type: String, nullable: true })
  methodId: string | null;

  /** @example "standard" */
  code: string;

  /** @example "Standard, two to three days" */
  name: string;

  /** Before the discount. */
  price: MoneyDto;

  /** Taken off by promotions. */
  discount: MoneyDto;

  /** What the tax on it is made of. */
  taxes: AppliedTaxDto[];

  /**
   * Where the goods are fetched; null when they are sent.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  pickupLocationId: string | null;
}

/** A promotion that applies. */
export class AppliedPromotionDto {
  /** @example "01970c1e-2d3e-7f4a-8b5c-6d7e8f9a0b1c" */
  promotionId: string;

  /**
   * As the customer entered it; null for what applies by itself.
   * @example "SPRING10"
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;

  /** @example "Ten percent off in spring" */
  name: string;

  /** What it takes off lines and shipping together. */
  amount: MoneyDto;
}

/** Rows of minor units, with their amounts as money. */
export const priced = <Row extends { readonly amount: number }>(
  rows: readonly Row[],
  currency: string,
): (Omit<Row, 'amount'> & { amount: Money })[] =>
  rows.map((row) => ({ ...row, amount: { amount: row.amount, currency } }));

export function toShippingResponse(
  { methodId, code, name, price, discount, taxes, pickupLocationId = null }: OrderShipping,
  currency: string,
): OrderShippingDto {
  const money = (amount: number): Money => ({ amount, currency });
  return {
    methodId,
    code,
    name,
    price: money(price),
    discount: money(discount),
    taxes: priced(taxes, currency),
    pickupLocationId,
  };
}
