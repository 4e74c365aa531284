import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { MoneyDto } from '../../common/money/money.dto.js';

/** What a variant costs in one currency. */
export class PriceDto extends MoneyDto {
  /**
   * The price before a reduction, in minor units; must be above `amount`.
   * @example 2499
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  compareAtAmount?: number | null;
}
