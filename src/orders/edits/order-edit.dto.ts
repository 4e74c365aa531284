import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ResourceResponse } from '../../common/http/resource.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { IsId, IsLine, IsNotBlank, MayBeAbsent, NeedsAnyOf } from '../../common/validation/decorators.js';
import { MAX_LINE_QUANTITY } from '../order-limits.js';
import type { EditedAmounts, EditedLine } from './edit-plan.js';
import { EDIT_STATES, type EditState, type OrderEdit } from './order-edit.entity.js';

/** A line that is changed, or added. */
export class EditLineDto {
  /**
   * The line that changes; without it, one is added.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c"
   */
  @MayBeAbsent()
  @IsId()
  lineId?: string;

  /**
   * What of the catalogue is added; a line of something else has a name and a price.
   * @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a"
   */
  @MayBeAbsent()
  @IsId()
  variantId?: string;

  /**
   * What is added that the catalogue does not have.
   * @example "Engraving"
   */
  @MayBeAbsent()
  @IsLine(200)
  @IsNotBlank()
  name?: string;

  /**
   * The shop's own word for it; CUSTOM unless given.
   * @example "ENGRAVING"
   */
  @MayBeAbsent()
  @IsLine(64)
  @IsNotBlank()
  sku?: string;

  /**
   * Pieces afterwards; 0 removes the line. Of a line that is there, as many as before unless given.
   * @example 2
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_LINE_QUANTITY)
  quantity?: number;

  /** Price of one piece. Unless given, a line that is there keeps its price, and one that is added has that of the catalogue. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  unitPrice?: MoneyDto;

  /**
   * Why the price is set; required with a `unitPrice` for what the catalogue has.
   * @example "Promised on the phone"
   */
  @MayBeAbsent()
  @IsLine(200)
  @IsNotBlank()
  priceReason?: string;
}

/** What is to change on an order. */
@NeedsAnyOf('shippingTotal', 'lines')
export class ProposeEditDto {
  /** Lines that change, or are added; the others stay as they are. */
  @ValidateIf(({ lines, shippingTotal }: ProposeEditDto) => lines !== undefined || !shippingTotal)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((line: EditLineDto | null) => line?.lineId ?? Symbol('added'))
  @ValidateNested({ each: true })
  @Type(() => EditLineDto)
  lines?: EditLineDto[];

  /** What shipping is to cost; as before unless given. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  shippingTotal?: MoneyDto;

  /**
   * Why; the customer reads it in the history of the order.
   * @example "The customer called: one more, please"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason?: string;
}

/** Amounts of a line before or after the edit. */
export class EditedLineSideDto {
  /** @example 2 */
  quantity: number;

  unitPrice: MoneyDto;

  discount: MoneyDto;

  tax: MoneyDto;

  total: MoneyDto;
}

/** A line that an edit changes, adds or removes. */
export class EditedLineDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  lineId: string;

  /** @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a" */
  @ApiProperty({ type: String, nullable: true })
  variantId: string | null;

  /** @example "MUG-BLUE" */
  sku: string;

  /** @example "Mug, blue" */
  name: string;

  /**
   * Why the price is set by staff, if it is.
   * @example "Promised on the phone"
   */
  @ApiProperty({ type: String, nullable: true })
  priceReason: string | null;

  /** Null for a line that is added. */
  @ApiProperty({ type: EditedLineSideDto, nullable: true })
  before: EditedLineSideDto | null;

  /** Null for a line that is removed. */
  @ApiProperty({ type: EditedLineSideDto, nullable: true })
  after: EditedLineSideDto | null;
}

/** By how much an amount changes. */
export class AmountDifferenceDto {
  /**
   * Minor units; below 0 where it falls.
   * @example -1999
   */
  @ApiProperty({ type: 'integer' })
  amount: number;

  /** @example "EUR" */
  currency: string;
}

export const EDITED_TOTALS = ['subtotal', 'discountTotal', 'shippingTotal', 'taxTotal', 'total'] as const;

/** A total before and after the edit. */
export class EditedTotalDto {
  /**
   * Which of the totals.
   * @example "total"
   */
  @ApiProperty({ enum: EDITED_TOTALS })
  name: (typeof EDITED_TOTALS)[number];

  before: MoneyDto;

  after: MoneyDto;

  difference: AmountDifferenceDto;
}

/** Stock that was missing when the edit was proposed. */
export class EditShortageDto {
  /** @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a" */
  variantId: string;

  /**
   * Pieces more than the order holds.
   * @example 3
   */
  requested: number;

  /** @example 1 */
  available: number;
}

/** What staff mean to change on an order, and what comes of it. */
export class OrderEditResponseDto extends ResourceResponse {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  orderId: string;

  /** @example "proposed" */
  @ApiProperty({ enum: EDIT_STATES })
  status: EditState;

  /**
   * The version of the order that it was made for; once the order has another one, it cannot be confirmed.
   * @example 2
   */
  orderVersion: number;

  /** @example "The customer called: one more, please" */
  @ApiProperty({ type: String, nullable: true })
  reason: string | null;

  /** The lines that change. */
  lines: EditedLineDto[];

  /** The totals of the order. */
  totals: EditedTotalDto[];

  /** What will be due of the order. */
  due: MoneyDto;

  /** What will go back, because more has been paid than the order then comes to. */
  refund: MoneyDto;

  /** Stock that was missing when it was proposed; confirming it needs all of it. */
  shortages: EditShortageDto[];
}

/** The edits of an order, on one page. */
export class OrderEditListResponseDto {
  data: OrderEditResponseDto[];

  /**
   * An order has few edits, so they fit on one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

export function toOrderEditResponse(edit: OrderEdit): OrderEditResponseDto {
  const { id, orderId, status, orderVersion, reason, plan, createdAt, updatedAt, version } = edit;
  const { currency } = plan;
  const money = (amount: number): MoneyDto => ({ amount, currency });
  const side = (line: EditedLine | null): EditedLineSideDto | null =>
    line && {
      quantity: line.quantity,
      unitPrice: money(line.unitPriceAmount),
      discount: money(line.discountAmount),
      tax: money(line.taxAmount),
      total: money(line.totalAmount),
    };
  return {
    id,
    orderId,
    status,
    orderVersion,
    reason,
    lines: plan.lines.map(({ before, after }) => {
      const line = (after ?? before)!;
      const { id: lineId, variantId, sku, name, priceReason } = line;
      return { lineId, variantId, sku, name, priceReason, before: side(before), after: side(after) };
    }),
    totals: EDITED_TOTALS.map((name) => {
      const column: keyof EditedAmounts = `${name}Amount`;
      const [before, after] = [plan.before[column], plan.after[column]];
      return { name, before: money(before), after: money(after), difference: money(after - before) };
    }),
    due: money(plan.due),
    refund: money(plan.refund),
    shortages: [...plan.shortages],
    createdAt,
    updatedAt,
    version,
  };
}
