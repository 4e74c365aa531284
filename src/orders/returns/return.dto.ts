import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
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
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { ResourceResponse } from '../../common/http/resource.dto.js';
import { MoneyDto } from '../../common/money/money.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { HasDefault, IsId, IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';
import { CreateDraftDto } from '../drafts/draft.dto.js';
import { MAX_LINE_QUANTITY } from '../order-limits.js';
import { IsAmountOrAll } from '../payments/dto/pay-order.dto.js';
import { RefundResponseDto, toRefundResponse } from '../payments/dto/refund-response.dto.js';
import { REFUND_DESTINATIONS, type RefundDestination } from '../payments/entities/refund.entity.js';
import type { RefundWithLines } from '../payments/payments.repository.js';
import {
  type Condition,
  CONDITIONS,
  type Return,
  type ReturnLine,
  RETURN_STATES,
  type ReturnState,
} from './return.entity.js';

const MAX_RETURN_LINES = 200;

/** Pieces of a line that are sent back. */
export class ReturnedLineDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  @IsId()
  lineId: string;

  /**
   * Pieces, at most those that have been shipped and are neither back nor in another return.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;

  /**
   * Why, in the words of whoever sends them back.
   * @example "Too small"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason?: string;
}

export class RequestReturnDto {
  /** What is sent back. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RETURN_LINES)
  @ArrayUnique((line: ReturnedLineDto | null) => line?.lineId)
  @ValidateNested({ each: true })
  @Type(() => ReturnedLineDto)
  lines: ReturnedLineDto[];

  /**
   * Whatever else is to be said.
   * @example "I would like the same in blue instead."
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(2000)
  @IsNotBlank()
  note?: string;
}

export class RejectReturnDto {
  /**
   * Why; the customer reads it.
   * @example "The seal is broken"
   */
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason: string;
}

/** Pieces of a line that have come back in one condition. */
export class ReceivedLineDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  @IsId()
  lineId: string;

  /**
   * `sellable` pieces are on hand again, `damaged` ones are written off, `missing` ones have not come.
   * @example "sellable"
   */
  @IsIn(CONDITIONS)
  condition: Condition;

  /**
   * Pieces.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;
}

export class ReceiveReturnDto {
  /** What has come back, each line once for each condition. Pieces of the return that are not named have not come. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RETURN_LINES * CONDITIONS.length)
  @ArrayUnique((line: ReceivedLineDto | null) => `${line?.lineId} ${line?.condition}`)
  @ValidateNested({ each: true })
  @Type(() => ReceivedLineDto)
  lines: ReceivedLineDto[];

  /**
   * Where the goods are now; the main location unless given.
   * @example "01970000-0000-7000-8000-000000000001"
   */
  @MayBeAbsent()
  @IsId()
  locationId?: string;

  /**
   * Whether what came back is refunded at once; it is, unless false is given.
   * @example true
   */
  @HasDefault()
  @IsBoolean()
  refund?: boolean;
}

/** What of a return is refunded: all that came back, unless said. */
export class RefundReturnDto {
  /** What the pieces are refunded with, if less than they came to, because something is kept. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => MoneyDto)
  amount?: MoneyDto;

  /**
   * What of shipping goes back as well, its tax included: an amount, or `true` for all that is left of it.
   * @example true
   */
  @IsAmountOrAll()
  shipping?: MoneyDto | true;

  /**
   * Whereto: the way it came, unless said, or onto the store credit of the customer, for an order that has one.
   * @example "payment"
   */
  @MayBeAbsent()
  @IsIn(REFUND_DESTINATIONS)
  to?: RefundDestination;

  /**
   * Words about it, for staff only.
   * @example "Kept 2.00 for the missing box"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  note?: string;
}

/** What the customer is to get instead. */
export class ExchangeReturnDto extends PickType(CreateDraftDto, ['lines', 'shippingTotal', 'note']) {}

export class ListReturnsDto extends PageQueryDto {
  /**
   * One status, or several separated by commas.
   * @example "requested,approved"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(RETURN_STATES.length)
  @IsIn(RETURN_STATES, { each: true })
  @ApiPropertyOptional({ type: String })
  status?: ReturnState[];

  /**
   * Returns of this order.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a"
   */
  @MayBeAbsent()
  @IsUUID()
  orderId?: string;
}

export class ReturnLineResponseDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4c" */
  lineId: string;

  /**
   * Pieces that are to come back.
   * @example 1
   */
  quantity: number;

  /**
   * Why, in the words of whoever sends them back.
   * @example "Too small"
   */
  @ApiProperty({ type: String, nullable: true })
  reason: string | null;

  /**
   * Pieces that came back and can be sold.
   * @example 1
   */
  sellableQuantity: number;

  /**
   * Pieces that came back damaged.
   * @example 0
   */
  damagedQuantity: number;

  /**
   * Pieces that did not come.
   * @example 0
   */
  missingQuantity: number;
}

/** Goods that a customer sends back. */
export class ReturnResponseDto extends ResourceResponse {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  orderId: string;

  /**
   * Where the return is in its life.
   * @example "requested"
   */
  @ApiProperty({ enum: RETURN_STATES })
  status: ReturnState;

  /** What is sent back. */
  lines: ReturnLineResponseDto[];

  /**
   * Whatever else was to be said.
   * @example "I would like the same in blue instead."
   */
  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  /**
   * Why it was rejected.
   * @example "The seal is broken"
   */
  @ApiProperty({ type: String, nullable: true })
  rejectReason: string | null;

  /** When the goods were received; null until then. @example "2026-03-09T10:00:00.000Z" */
  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  receivedAt: Date | null;

  /**
   * The order that was sent for it, if one was.
   * @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4b"
   */
  @ApiProperty({ type: String, nullable: true })
  exchangeOrderId: string | null;

  /** What goes back for it: one refund for each payment that gives something. */
  refunds: RefundResponseDto[];
}

/** One page of returns. */
export class ReturnPageDto extends PageOf(ReturnResponseDto) {}

/** The returns of an order, on one page. */
export class ReturnListResponseDto {
  data: ReturnResponseDto[];

  /**
   * An order has few returns, so they fit on one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** A return with its lines and refunds. */
export type ReturnDetail = Return & {
  readonly lines: readonly ReturnLine[];
  readonly refunds: readonly RefundWithLines[];
};

export function toReturnResponse(row: ReturnDetail, isStaff: boolean): ReturnResponseDto {
  const { id, orderId, status, note, rejectReason, exchangeOrderId, receivedAt, version, createdAt, updatedAt } = row;
  return {
    id,
    orderId,
    status,
    lines: row.lines.map(({ orderLineId, quantity, reason, sellableQuantity, damagedQuantity, missingQuantity }) => ({
      lineId: orderLineId,
      quantity,
      reason,
      sellableQuantity,
      damagedQuantity,
      missingQuantity,
    })),
    note,
    rejectReason,
    exchangeOrderId,
    receivedAt,
    refunds: row.refunds.map((refund) => toRefundResponse(refund, isStaff)),
    createdAt,
    updatedAt,
    version,
  };
}
