import { IsString, MaxLength, MinLength } from 'class-validator';
import { CurrencyQueryDto } from '../catalogue/dto/list-products.dto.js';

/** Which variant to find. */
export class FindVariantsDto extends CurrencyQueryDto {
  /**
   * Exact SKU.
   * @example "FJL-MUG-BLU-S"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  sku: string;
}
