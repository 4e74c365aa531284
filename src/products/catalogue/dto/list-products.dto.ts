import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmptyObject, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { IsCurrencyCode } from '../../../common/money/money.dto.js';
import { DEFAULT_CURRENCY } from '../../../common/money/money.js';
import { CommaSeparated, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { AmountRangeDto } from '../../../common/pagination/range.dto.js';
import { PRODUCT_STATUSES, type ProductStatus } from '../../entities/product.entity.js';
import { IsAttributeFilter, IsText } from '../../dto/catalogue-validators.js';

export const PRODUCT_SORTS = ['createdAt', '-createdAt', 'name', '-name', 'price', '-price', 'relevance'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

const flag = ({ value }: { value: unknown }): unknown => (value === 'true' ? true : value === 'false' ? false : value);

/** Which price is shown. */
export class CurrencyQueryDto {
  /**
   * ISO 4217 code of the prices shown.
   * @example "EUR"
   */
  @IsOptional()
  @IsCurrencyCode()
  currency: string = DEFAULT_CURRENCY;
}

/** What to list, and in which order. */
export class ListProductsDto extends PageQueryDto {
  /**
   * Words to look for in name, brand, tags and description; "quoted phrases" and -exclusions are understood, typing errors forgiven.
   * @example "enamel mug"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  q?: string;

  /**
   * Id or slug of a category; categories below it count too.
   * @example "kitchen"
   */
  @IsOptional()
  @IsText(200)
  category?: string;

  /**
   * A tag.
   * @example "gift"
   */
  @IsOptional()
  @IsText(64)
  tag?: string;

  /**
   * Exact name of a brand.
   * @example "Fjordlight"
   */
  @IsOptional()
  @IsText(120)
  brand?: string;

  /**
   * `attributes[material]=steel`: products whose attribute has the value, or has it in its list.
   * @example { "material": "enamelled steel" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, selfRequired: false })
  @IsOptional()
  @IsAttributeFilter()
  attributes?: Record<string, string>;

  /** `price[gte]=1000&price[lt]=5000`: products with a variant at such a price, in minor units of `currency`. */
  @IsOptional()
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => AmountRangeDto)
  price?: AmountRangeDto;

  /**
   * ISO 4217 code of the prices shown, compared and sorted by.
   * @example "EUR"
   */
  @IsOptional()
  @IsCurrencyCode()
  currency: string = DEFAULT_CURRENCY;

  /**
   * `true`: only products with a variant in stock; `false`: only those without.
   * @example true
   */
  @IsOptional()
  @Transform(flag)
  @IsBoolean()
  inStock?: boolean;

  /**
   * Staff only: one or more of draft, published, archived; all when left out.
   * @example "published"
   */
  @ApiProperty({ required: false, type: String, example: 'draft,published' })
  @IsOptional()
  @CommaSeparated()
  @IsIn(PRODUCT_STATUSES, { each: true })
  status?: ProductStatus[];

  /**
   * Order of the list; `relevance` needs `q` and is then the default.
   * @example "-createdAt"
   */
  @ApiProperty({ required: false, enum: PRODUCT_SORTS })
  @IsOptional()
  @IsIn(PRODUCT_SORTS)
  sort?: ProductSort;
}
