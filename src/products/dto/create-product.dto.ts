import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsNotBlank } from '../../common/validation/decorators.js';
import { type AttributeValue } from '../entities/product.entity.js';
import { MAX_SLUG_LENGTH, SLUG } from '../product-slug.js';
import { IsAttributes } from './catalogue-validators.js';
import { CreateVariantDto } from './create-variant.dto.js';

/** An id would be looked up as an id, so a slug must not look like one. */
export const SLUG_BUT_NO_ID = new RegExp(`^(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)${SLUG.source.slice(1)}`);

/** Something variants of a product differ in. */
export class ProductOptionDto {
  /**
   * Name of the option.
   * @example "Size"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(64)
  name: string;

  /**
   * Values offered, in the order a shopper sees them.
   * @example ["Small", "Large"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(100, { each: true })
  values: string[];
}

/** A new product, which starts as a draft. */
export class CreateProductDto {
  /**
   * Name as shoppers read it.
   * @example "Fjordlight Enamel Mug"
   */
  @IsString()
  @IsNotBlank()
  @MaxLength(300)
  name: string;

  /**
   * Part of the product's address; made from the name when left out.
   * @example "fjordlight-enamel-mug"
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_SLUG_LENGTH)
  @Matches(SLUG_BUT_NO_ID, {
    message: 'slug must be lower-case letters and digits joined by single hyphens, and no UUID',
  })
  slug?: string;

  /**
   * Text of any length up to 20,000 characters.
   * @example "Two coats of enamel over pressed steel."
   */
  @IsOptional()
  @IsString()
  @MaxLength(20_000)
  description?: string;

  /**
   * Who makes it.
   * @example "Fjordlight"
   */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(120)
  brand?: string | null;

  /**
   * Where it stands in the shop: each an id, a slug, or names from the top of the tree down, joined by ` > `.
   * @example ["mugs-cups", "Kitchen > Drinkware"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(1000, { each: true })
  categories?: string[];

  /**
   * Words to filter by.
   * @example ["gift", "bestseller"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(64, { each: true })
  tags?: string[];

  /**
   * What the product is made of: plain values, or short lists of them.
   * @example { "material": "enamelled steel", "dishwasherSafe": true }
   */
  @IsOptional()
  @IsAttributes()
  attributes?: Record<string, AttributeValue>;

  /**
   * What its variants differ in; taken from the variants when left out.
   * @example [{ "name": "Size", "values": ["Small", "Large"] }]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique((option: ProductOptionDto) => option?.name)
  @ValidateNested({ each: true })
  @Type(() => ProductOptionDto)
  options?: ProductOptionDto[];

  /**
   * What is sold; more can be added later.
   * @example [{ "sku": "FJL-MUG-S", "options": { "Size": "Small" }, "prices": [{ "amount": 1490, "currency": "EUR" }] }]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => CreateVariantDto)
  variants?: CreateVariantDto[];
}
