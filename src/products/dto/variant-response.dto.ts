import { ApiProperty, OmitType } from '@nestjs/swagger';
import { MoneyDto } from '../../common/money/money.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';

/** How much of a variant there is: `low` is 1 to 5 pieces. */
export const AVAILABILITIES = ['in_stock', 'low', 'out'] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** A variant as shoppers see it. */
export class VariantResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120002" */
  id: string;

  /** @example "FJL-MUG-BLU-S" */
  sku: string;

  /**
   * Name of the product, with the option values in brackets.
   * @example "Fjordlight Enamel Mug (Blue, Small)"
   */
  name: string;

  /**
   * One value for each option of the product.
   * @example { "Colour": "Blue", "Size": "Small" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  options: Record<string, string>;

  /** Price in the currency asked for; null when it is not sold in that currency. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  price: MoneyDto | null;

  /** Price before a reduction. */
  @ApiProperty({ type: MoneyDto, required: false })
  compareAtPrice?: MoneyDto;

  /**
   * Usually a GTIN.
   * @example "2000410000377"
   */
  barcode?: string;

  /**
   * Weight in grams.
   * @example 140
   */
  weightGrams?: number;

  /**
   * `low` is 1 to 5 pieces.
   * @example "in_stock"
   */
  @ApiProperty({ enum: AVAILABILITIES, enumName: 'Availability' })
  availability: Availability;

  /**
   * Place among the variants, lowest first.
   * @example 0
   */
  position: number;
}

/** A price with what it was before a reduction. */
export class VariantPriceResponse extends MoneyDto {
  /**
   * Minor units.
   * @example 1790
   */
  compareAtAmount: number | null;
}

/** A variant as staff see it: with every price, and stock over all locations. */
export class VariantStaffResponse extends VariantResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120001" */
  productId: string;

  /**
   * Whether it is sent or fetched; false for what is downloaded or done.
   * @example true
   */
  requiresShipping: boolean;

  /** Price in every currency it is sold in. */
  prices: VariantPriceResponse[];

  /**
   * Pieces there.
   * @example 42
   */
  onHand: number;

  /**
   * Pieces of these that orders hold.
   * @example 2
   */
  reserved: number;

  /**
   * Pieces that can still be sold.
   * @example 40
   */
  available: number;

  /**
   * No longer sold.
   * @example false
   */
  isArchived: boolean;

  /** @example "2026-01-01T12:00:00.000Z" */
  createdAt: string;

  /** @example "2026-01-02T12:00:00.000Z" */
  updatedAt: string;

  /**
   * Counts the changes of the variant and its prices; part of the ETag.
   * @example 1
   */
  version: number;
}

/** Every variant of a product, or those with a SKU. */
export class VariantListResponse extends OmitType(PageOf(VariantResponse), ['total']) {}

/** Every variant of a product, or those with a SKU, for staff. */
export class VariantStaffListResponse extends OmitType(PageOf(VariantStaffResponse), ['total']) {}
