import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { AddressDto } from '../../../common/address/address.dto.js';
import { IsCurrencyCode } from '../../../common/money/money.dto.js';
import { IsId, MayBeAbsent, MayBeRemoved, MergePatchOf } from '../../../common/validation/decorators.js';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsLanguageTag } from '../../../common/validation/language-tag.js';
import { MAX_LINE_QUANTITY, MAX_LINES } from '../../order-limits.js';

export class ChangeCartLineDto {
  /**
   * Pieces, in all.
   * @example 3
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;
}

export class AddCartLineDto {
  /**
   * What is wanted.
   * @example "01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a"
   */
  @IsId()
  variantId: string;

  /**
   * Pieces, beside those that are in the cart.
   * @example 2
   */
  @IsInt()
  @Min(1)
  @Max(MAX_LINE_QUANTITY)
  quantity: number;
}

/** What of a cart is changed by itself. */
class CartMembersDto {
  /**
   * Where the confirmation of the order will go.
   * @example "ada@example.com"
   */
  @MayBeRemoved()
  @IsEmailAddress()
  email?: string;

  /**
   * ISO 4217 code of the currency to buy in; EUR unless given.
   * @example "EUR"
   */
  @MayBeAbsent()
  @IsCurrencyCode()
  currency?: string;

  /**
   * BCP 47 tag of the language in which mail about the order is written.
   * @example "en-GB"
   */
  @MayBeRemoved()
  @IsLanguageTag()
  language?: string;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateCartDto extends MergePatchOf(CartMembersDto) {}

export class CreateCartDto extends CartMembersDto {
  /** What is wanted. Lines of the same variant become one. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_LINES)
  @ValidateNested({ each: true })
  @Type(() => AddCartLineDto)
  lines?: AddCartLineDto[];
}

export class CartAddressesDto {
  /** Where the goods go; without it, there is none. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressDto)
  shippingAddress?: AddressDto | null;

  /** Where the invoice goes, if elsewhere; without it, there is none. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressDto)
  billingAddress?: AddressDto | null;
}
