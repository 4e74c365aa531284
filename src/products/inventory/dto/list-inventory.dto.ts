import { IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min, MinLength } from 'class-validator';
import { PageQueryDto } from '../../../common/pagination/page.dto.js';
import { WholeNumber } from '../../../common/validation/decorators.js';
import { MAX_STOCK } from './adjust-inventory.dto.js';

/** Which stock to list. */
export class ListInventoryDto extends PageQueryDto {
  /**
   * Exact SKU.
   * @example "FJL-MUG-BLU-S"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  sku?: string;

  /**
   * Id or code of a location.
   * @example "main"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  location?: string;

  /**
   * Only where fewer pieces than this can still be sold.
   * @example 5
   */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_STOCK)
  below?: number;
}

/** Which movements to list. */
export class ListMovementsDto extends PageQueryDto {
  /**
   * Exact SKU.
   * @example "FJL-MUG-BLU-S"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  sku?: string;

  /**
   * Id of a variant.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120002"
   */
  @IsOptional()
  @IsUUID()
  variantId?: string;

  /**
   * Id or code of a location.
   * @example "main"
   */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  location?: string;
}
