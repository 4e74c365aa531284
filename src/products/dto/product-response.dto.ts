import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import { PageOf } from '../../common/pagination/page.dto.js';
import { CategoryResponse } from '../categories/category.dto.js';
import { type AttributeValue, PRODUCT_STATUSES, type ProductStatus } from '../entities/product.entity.js';
import { VariantResponse, VariantStaffResponse } from './variant-response.dto.js';

/** A category of a product. */
export class ProductCategoryResponse extends PickType(CategoryResponse, ['id', 'slug', 'name', 'parentId']) {}

/** Something the variants of a product differ in. */
export class ProductOptionResponse {
  /** @example "Size" */
  name: string;

  /** @example ["Small", "Large"] */
  values: string[];
}

/** A picture or film of a product. */
export class ProductMediaResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120005" */
  id: string;

  /** @example "https://media.example.com/mug.webp" */
  url: string;
}

/** A product as shoppers see it. */
export class ProductResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120001" */
  id: string;

  /** @example "fjordlight-enamel-mug" */
  slug: string;

  /** @example "Fjordlight Enamel Mug" */
  name: string;

  /** @example "Two coats of enamel over pressed steel." */
  description: string;

  /** @example "Fjordlight" */
  brand: string | null;

  /** @example "published" */
  @ApiProperty({ enum: PRODUCT_STATUSES, enumName: 'ProductStatus' })
  status: ProductStatus;

  /** Where it stands in the shop, by name. */
  categories: ProductCategoryResponse[];

  /** @example ["gift", "bestseller"] */
  tags: string[];

  /**
   * Plain values, or short lists of them.
   * @example { "material": "enamelled steel", "dishwasherSafe": true }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  attributes: Record<string, AttributeValue>;

  /** Pictures and films; none yet. */
  media: ProductMediaResponse[];

  /** What the variants differ in. */
  options: ProductOptionResponse[];

  /** @example "2026-01-01T12:00:00.000Z" */
  createdAt: string;

  /** @example "2026-01-02T12:00:00.000Z" */
  updatedAt: string;

  /**
   * Counts the changes of the product, its variants and its prices; part of the ETag.
   * @example 3
   */
  version: number;

  /** What can be bought, in the order of position. */
  variants: VariantResponse[];
}

/** A product as staff see it: with every price, and stock. */
export class ProductStaffResponse extends OmitType(ProductResponse, ['variants']) {
  /** Every variant, archived ones too, in the order of position. */
  variants: VariantStaffResponse[];

  /**
   * Which of the shop's tax rates apply to it.
   * @example "standard"
   */
  taxCategory: string;

  /**
   * When it was last put on sale; null for a draft.
   * @example "2026-01-02T12:00:00.000Z"
   */
  publishedAt: string | null;
}

/** One page of products. */
export class ProductPageResponse extends PageOf(ProductResponse) {}

/** One page of products for staff. */
export class ProductStaffPageResponse extends PageOf(ProductStaffResponse) {}
