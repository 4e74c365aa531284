import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsString, IsUUID, Matches, MaxLength, ValidateNested } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { CommaSeparated, PageQueryDto } from '../../common/pagination/page.dto.js';
import { AmountRangeDto, InstantRangeDto } from '../../common/pagination/range.dto.js';
import { IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';
import { ORDER_NUMBER, ORDER_SORTS, type OrderSort } from '../order-list.repository.js';
import {
  FULFILMENT_STATUSES,
  type FulfilmentStatus,
  ORDER_ORIGINS,
  ORDER_STATUSES,
  type OrderOrigin,
  type OrderStatus,
} from '../order-status.js';
import { EXPANSIONS, type Expansion } from '../orders.service.js';
import { ORDER_PAYMENT_STATUSES, type OrderPaymentStatus } from '../payments/payment-status.js';
import { IsTag, MAX_TAGS } from './update-order.dto.js';

/** A member that names what is read along. */
const IsExpansion = (): PropertyDecorator =>
  applyDecorators(
    CommaSeparated(),
    ArrayMaxSize(EXPANSIONS.length),
    IsIn(EXPANSIONS, { each: true }),
    ApiProperty({ type: String, required: false }),
  );

export class ReadOrderDto {
  /**
   * What to read along, separated by commas: `lines.variant` (what the catalogue says today), `customer`, `payments` (always there).
   * @example "lines.variant,customer"
   */
  @MayBeAbsent()
  @IsExpansion()
  expand?: Expansion[];
}

export class ListOrdersDto extends PageQueryDto {
  /**
   * One status, or several separated by commas.
   * @example "pending_payment,confirmed"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(ORDER_STATUSES.length)
  @IsIn(ORDER_STATUSES, { each: true })
  @ApiProperty({ type: String, required: false })
  status?: OrderStatus[];

  /**
   * How much is paid: one status, or several separated by commas.
   * @example "paid"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(ORDER_PAYMENT_STATUSES.length)
  @IsIn(ORDER_PAYMENT_STATUSES, { each: true })
  @ApiProperty({ type: String, required: false })
  paymentStatus?: OrderPaymentStatus[];

  /**
   * How much is shipped: one status, or several separated by commas.
   * @example "unfulfilled"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(FULFILMENT_STATUSES.length)
  @IsIn(FULFILMENT_STATUSES, { each: true })
  @ApiProperty({ type: String, required: false })
  fulfilmentStatus?: FulfilmentStatus[];

  /**
   * Orders of this customer, by user id; for staff.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @MayBeAbsent()
  @IsUUID()
  customer?: string;

  /**
   * The order with this number.
   * @example "1001"
   */
  @MayBeAbsent()
  @Matches(ORDER_NUMBER, { message: 'must be an order number' })
  number?: string;

  /**
   * Orders with this tag, or with any of several separated by commas; for staff.
   * @example "wholesale"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(MAX_TAGS)
  @IsTag({ each: true })
  @ApiProperty({ type: String, required: false })
  tag?: string[];

  /**
   * Who wrote the order: a shopper (`shop`), `staff`, or an `import` of past orders; several separated by commas.
   * @example "staff"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(ORDER_ORIGINS.length)
  @IsIn(ORDER_ORIGINS, { each: true })
  @ApiProperty({ type: String, required: false })
  origin?: OrderOrigin[];

  /**
   * ISO 4217 code of the order's currency, or several separated by commas.
   * @example "EUR"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(20)
  @Matches(/^[A-Z]{3}$/, { each: true, message: 'must be ISO 4217 codes' })
  @ApiProperty({ type: String, required: false })
  currency?: string[];

  /**
   * An order number, the beginning of an e-mail address or of a SKU, or words of the names in the addresses.
   * @example "ada@"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(254)
  @IsNotBlank()
  q?: string;

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

  /**
   * What to read along, separated by commas: `lines.variant` (what the catalogue says today), `customer`, `payments`.
   * @example "lines.variant,customer"
   */
  @MayBeAbsent()
  @IsExpansion()
  expand?: Expansion[];

  /**
   * Order of the list, newest first unless given.
   * @example "-placedAt"
   */
  @MayBeAbsent()
  @IsIn(ORDER_SORTS)
  sort: OrderSort = '-placedAt';
}
