import { OmitType } from '@nestjs/swagger';
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
import { HasDefault, IsNotBlank, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { type AttributeValue } from '../entities/product.entity.js';
import { MAX_SLUG_LENGTH, SLUG_BUT_NO_ID, SLUG_RULE } from '../product-slug.js';
import { IsAttributes, IsAttributesPatch } from './catalogue-validators.js';
import { CreateVariantDto } from './variant.dto.js';

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
   * Part of the product's address; a new product without one gets one made from its name.
   * @example "fjordlight-enamel-mug"
   */
  @HasDefault()
  @IsString()
  @MaxLength(MAX_SLUG_LENGTH)
  @Matches(SLUG_BUT_NO_ID, { message: SLUG_RULE })
  slug?: string;

  /**
   * Text of any length up to 20,000 characters.
   * @example "Two coats of enamel over pressed steel."
   */
  @HasDefault()
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
   * Every category it stands in: each an id, a slug, or names from the top of the tree down, joined by ` > `.
   * @example ["mugs-cups", "Kitchen > Drinkware"]
   */
  @HasDefault()
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
  @HasDefault()
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
   * What its variants differ in, and all of them fit; a new product without takes them from its variants.
   * @example [{ "name": "Size", "values": ["Small", "Large"] }]
   */
  @HasDefault()
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

/** Changes to a product (JSON Merge Patch): what is left out stays as it is, and lists are replaced. */
export class UpdateProductDto extends MergePatchOf(OmitType(CreateProductDto, ['attributes', 'variants'])) {
  /**
   * Merged name by name; null removes one.
   * @example { "material": "steel", "rim": null }
   */
  @MayBeAbsent()
  @IsAttributesPatch()
  attributes?: Record<string, AttributeValue | null>;
}
