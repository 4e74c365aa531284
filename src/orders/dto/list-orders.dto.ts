import { Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsString, IsUUID, Matches, MaxLength, ValidateNested } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { CommaSeparated, PageQueryDto } from '../../common/pagination/page.dto.js';
import { AmountRangeDto, InstantRangeDto } from '../../common/pagination/range.dto.js';
import { IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';
import { ORDER_SORTS, type OrderSort } from '../order-list.repository.js';
import { FULFILMENT_STATUSES, type FulfilmentStatus, ORDER_STATUSES, type OrderStatus } from '../order-status.js';
import { ORDER_PAYMENT_STATUSES, type OrderPaymentStatus } from '../payments/payment-status.js';

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
  @Matches(/^\d{1,18}$/, { message: 'must be an order number' })
  number?: string;

  /**
   * An order number, or the beginning of an e-mail address or of a SKU.
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
   * Order of the list, newest first unless given.
   * @example "-placedAt"
   */
  @MayBeAbsent()
  @IsIn(ORDER_SORTS)
  sort: OrderSort = '-placedAt';
}
