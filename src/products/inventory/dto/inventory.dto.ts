import { ApiProperty } from '@nestjs/swagger';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  NotEquals,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { PageQueryDto } from '../../../common/pagination/page.dto.js';
import { WholeNumber } from '../../../common/validation/decorators.js';
import { ADJUSTMENT_REASONS, type AdjustmentReason } from '../entities/stock.entity.js';
import { IsText, IsCount } from '../../dto/catalogue-validators.js';

/** The most pieces a stock can hold: the range of PostgreSQL's integer. */
export const MAX_STOCK = 2_147_483_647;
const LEAST_DELTA = -2_147_483_647;

/** Refuses a member beside another one that says the same in another way. */
const ExcludesOther = (other: string): PropertyDecorator =>
  ValidateBy({
    name: 'excludes',
    validator: {
      validate: (_, failed) => (failed!.object as Record<string, unknown>)[other] === undefined,
      defaultMessage: () => `must not be sent together with ${other}`,
    },
  });

/** One adjustment: by a difference (`delta`), or to a counted number (`setTo`, guarded by `from`). */
export class AdjustInventoryDto {
  /**
   * SKU of the variant; either this or `variantId`.
   * @example "FJL-MUG-BLU-S"
   */
  @ValidateIf((dto: AdjustInventoryDto) => dto.variantId === undefined || dto.sku !== undefined)
  @IsString()
  @MaxLength(100)
  sku?: string;

  /**
   * Id of the variant; either this or `sku`.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120002"
   */
  @ValidateIf((dto: AdjustInventoryDto) => dto.variantId !== undefined)
  @IsUUID()
  @ExcludesOther('sku')
  variantId?: string;

  /**
   * Location; the main one when left out.
   * @example "01970000-0000-7000-8000-000000000001"
   */
  @IsOptional()
  @IsUUID()
  locationId?: string;

  /**
   * Pieces to add, or to take away when negative.
   * @example 12
   */
  @ValidateIf((dto: AdjustInventoryDto) => dto.setTo === undefined || dto.delta !== undefined)
  @IsInt()
  @NotEquals(0)
  @ExcludesOther('setTo')
  @Min(LEAST_DELTA)
  @Max(MAX_STOCK)
  delta?: number;

  /**
   * Pieces on hand after the adjustment; needs `from`.
   * @example 40
   */
  @ValidateIf((dto: AdjustInventoryDto) => dto.setTo !== undefined)
  @IsCount(MAX_STOCK)
  setTo?: number;

  /**
   * Pieces on hand that the caller believes are there; another number refuses the adjustment.
   * @example 38
   */
  @ValidateIf((dto: AdjustInventoryDto) => dto.setTo !== undefined || dto.from !== undefined)
  @IsCount(MAX_STOCK)
  from?: number;

  /**
   * Why the stock moved.
   * @example "received"
   */
  @IsIn(ADJUSTMENT_REASONS)
  @ApiProperty({ enum: ADJUSTMENT_REASONS })
  reason: AdjustmentReason;

  /**
   * Remark for colleagues.
   * @example "Delivery 4711"
   */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  note?: string | null;
}

/** What lists of stock and of its movements are narrowed by. */
abstract class StockFilters extends PageQueryDto {
  /**
   * Exact SKU.
   * @example "FJL-MUG-BLU-S"
   */
  @IsOptional()
  @IsText(100)
  sku?: string;

  /**
   * Id or code of a location.
   * @example "main"
   */
  @IsOptional()
  @IsText(100)
  location?: string;
}

/** Which stock to list. */
export class ListInventoryDto extends StockFilters {
  /**
   * Only where fewer pieces than this can still be sold.
   * @example 5
   */
  @IsOptional()
  @WholeNumber()
  @IsCount(MAX_STOCK)
  below?: number;
}

/** Which movements to list. */
export class ListMovementsDto extends StockFilters {
  /**
   * Id of a variant.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120002"
   */
  @IsOptional()
  @IsUUID()
  variantId?: string;
}
