import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsOptional,
  Matches,
  MaxLength,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { AddressPatchDto } from '../../common/address/address.dto.js';
import { MayBeAbsent } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';

/** Tags of one order. */
export const MAX_TAGS = 20;

/** A tag: up to 40 letters, digits, blanks and a few signs, among which there is no comma. */
export const IsTag = (options: ValidationOptions = {}): PropertyDecorator =>
  applyDecorators(
    Matches(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._:/#+-]*[\p{L}\p{N}._:/#+-])?$/u, {
      ...options,
      message: 'must be tags of letters, digits, blanks and . _ : / # + -, each beginning with a letter or digit',
    }),
    MaxLength(40, options),
  );

/** A JSON Merge Patch: members that are absent stay, null removes an address. */
export class UpdateOrderDto {
  /**
   * Where mail about the order goes.
   * @example "ada@example.com"
   */
  @MayBeAbsent()
  @IsEmailAddress()
  email?: string;

  /** Where the goods go. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressPatchDto)
  shippingAddress?: AddressPatchDto | null;

  /** Where the invoice goes. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AddressPatchDto)
  billingAddress?: AddressPatchDto | null;

  /**
   * Words by which staff find it again; for staff with orders:write, and shown to staff alone. Replaces those that are there.
   * @example ["wholesale", "gift"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @ArrayUnique()
  @IsTag({ each: true })
  tags?: string[];
}
