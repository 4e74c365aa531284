import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';
import { type AttributeValue } from '../entities/product.entity.js';
import { MAX_SLUG_LENGTH } from '../product-slug.js';
import { IsAttributesPatch } from './catalogue-validators.js';
import { ProductOptionDto, SLUG_BUT_NO_ID } from './create-product.dto.js';

/** Changes to a product (JSON Merge Patch): what is left out stays as it is. */
export class UpdateProductDto {
  /**
   * Name as shoppers read it.
   * @example "Fjordlight Enamel Mug"
   */
  @MayBeAbsent()
  @IsString()
  @IsNotBlank()
  @MaxLength(300)
  name?: string;

  /**
   * Part of the product's address.
   * @example "fjordlight-enamel-mug"
   */
  @MayBeAbsent()
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
  @MayBeAbsent()
  @IsString()
  @MaxLength(20_000)
  description?: string;

  /**
   * Who makes it; null when nobody is named.
   * @example "Fjordlight"
   */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(120)
  brand?: string | null;

  /**
   * Replaces the categories: each an id, a slug, or names from the top of the tree down, joined by ` > `.
   * @example ["mugs-cups"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(1000, { each: true })
  categories?: string[];

  /**
   * Replaces the tags.
   * @example ["gift"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(64, { each: true })
  tags?: string[];

  /**
   * Merged name by name; null removes one.
   * @example { "material": "steel", "rim": null }
   */
  @MayBeAbsent()
  @IsAttributesPatch()
  attributes?: Record<string, AttributeValue | null>;

  /**
   * Replaces the options; every variant must still fit.
   * @example [{ "name": "Size", "values": ["Small", "Large"] }]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique((option: ProductOptionDto) => option?.name)
  @ValidateNested({ each: true })
  @Type(() => ProductOptionDto)
  options?: ProductOptionDto[];
}
