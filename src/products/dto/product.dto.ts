import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsTaxCategory } from '../../common/tax-category.js';
import { HasDefault, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { type AttributeValue } from '../entities/product.entity.js';
import { CreateVariantDto } from './variant.dto.js';
import { IsAttributes, IsAttributesPatch, IsName, IsSlug, IsTexts } from './catalogue-validators.js';

/** Something variants of a product differ in. */
export class ProductOptionDto {
  /**
   * Name of the option.
   * @example "Size"
   */
  @IsName(64)
  name: string;

  /**
   * Values offered, in the order a shopper sees them.
   * @example ["Small", "Large"]
   */
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsTexts(100, 100)
  values: string[];
}

/** A new product, which starts as a draft. */
export class CreateProductDto {
  /**
   * Name as shoppers read it.
   * @example "Fjordlight Enamel Mug"
   */
  @IsName(300)
  name: string;

  /**
   * Part of the product's address; a new product without one gets one made from its name.
   * @example "fjordlight-enamel-mug"
   */
  @HasDefault()
  @IsSlug()
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
  @IsName(120)
  brand?: string | null;

  /**
   * Which of the shop's tax rates apply to it: those of this `category`, and `standard` ones where there is none. `standard` unless given.
   * @example "standard"
   */
  @HasDefault()
  @IsTaxCategory()
  taxCategory?: string;

  /**
   * Every category it stands in: each an id, a slug, or names from the top of the tree down, joined by ` > `.
   * @example ["mugs-cups", "Kitchen > Drinkware"]
   */
  @HasDefault()
  @IsTexts(20, 1000)
  categories?: string[];

  /**
   * Words to filter by.
   * @example ["gift", "bestseller"]
   */
  @HasDefault()
  @ArrayUnique()
  @IsTexts(50, 64)
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
