import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, Matches, ValidateNested } from 'class-validator';
import { AmountRangeDto, InstantRangeDto } from '../../common/pagination/range.dto.js';
import { IsId, MayBeAbsent } from '../../common/validation/decorators.js';
import { IsTag, MAX_TAGS } from '../dto/update-order.dto.js';
import {
  FULFILMENT_STATUSES,
  type FulfilmentStatus,
  ORDER_ORIGINS,
  ORDER_STATUSES,
  type OrderOrigin,
  type OrderStatus,
} from '../order-status.js';
import { ORDER_PAYMENT_STATUSES, type OrderPaymentStatus } from '../payments/payment-status.js';

export const EXPORT_KINDS = ['orders'] as const;
export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Which orders; members that are absent narrow nothing. They are those of the list of orders. */
export class OrderExportFilterDto {
  /** @example ["confirmed", "completed"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ORDER_STATUSES.length)
  @IsIn(ORDER_STATUSES, { each: true })
  status?: OrderStatus[];

  /** @example ["paid"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ORDER_PAYMENT_STATUSES.length)
  @IsIn(ORDER_PAYMENT_STATUSES, { each: true })
  paymentStatus?: OrderPaymentStatus[];

  /** @example ["unfulfilled"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(FULFILMENT_STATUSES.length)
  @IsIn(FULFILMENT_STATUSES, { each: true })
  fulfilmentStatus?: FulfilmentStatus[];

  /**
   * Those of one customer, by user id.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @MayBeAbsent()
  @IsId()
  customer?: string;

  /**
   * Those with any of these tags.
   * @example ["wholesale"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_TAGS)
  @IsTag({ each: true })
  tag?: string[];

  /** @example ["shop", "staff"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ORDER_ORIGINS.length)
  @IsIn(ORDER_ORIGINS, { each: true })
  origin?: OrderOrigin[];

  /** @example ["EUR"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @Matches(/^[A-Z]{3}$/, { each: true, message: 'must be ISO 4217 codes' })
  currency?: string[];

  /** When the order was placed. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  placedAt?: InstantRangeDto;

  /** Total in minor units. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => AmountRangeDto)
  total?: AmountRangeDto;
}

export class CreateExportDto {
  /**
   * What is to be written.
   * @example "orders"
   */
  @IsIn(EXPORT_KINDS)
  kind: (typeof EXPORT_KINDS)[number];

  /**
   * `csv`: a table with a line for each order. `ndjson`: a JSON document on each line, lines of the order included.
   * @example "csv"
   */
  @IsIn(EXPORT_FORMATS)
  format: ExportFormat;

  /** Which orders; all when left out. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => OrderExportFilterDto)
  filter?: OrderExportFilterDto;
}
