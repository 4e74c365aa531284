import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsOptionValues, IsPriceList } from './catalogue-validators.js';
import { PriceDto } from './price.dto.js';

/** No control characters, and no blank at either end, which nobody would type again. */
export const SKU = /^(?! )[^\p{Cc}]+(?<! )$/u;

/** A sellable form of a product. */
export class CreateVariantDto {
  /**
   * Stock keeping unit; unique in the whole shop.
   * @example "FJL-MUG-BLU-S"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  @Matches(SKU, { message: 'sku must not have control characters, or blanks at either end' })
  sku: string;

  /**
   * One value for each option of the product.
   * @example { "Colour": "Blue", "Size": "Small" }
   */
  @IsOptional()
  @IsOptionValues()
  options?: Record<string, string>;

  /**
   * Usually a GTIN.
   * @example "2000410000377"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  barcode?: string | null;

  /**
   * Weight in grams.
   * @example 140
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_000_000_000)
  weightGrams?: number | null;

  /**
   * Place among the variants, lowest first; after the others when left out.
   * @example 0
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  position?: number;

  /**
   * At most one price a currency.
   * @example [{ "amount": 1490, "currency": "EUR" }]
   */
  @IsOptional()
  @IsPriceList()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceDto)
  prices?: PriceDto[];
}
