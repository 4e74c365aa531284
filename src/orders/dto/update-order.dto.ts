import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { AddressPatchDto } from '../../common/address/address.dto.js';
import { MayBeAbsent } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';

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
}
