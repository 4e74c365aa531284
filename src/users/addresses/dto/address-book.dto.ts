import { IsBoolean, IsOptional } from 'class-validator';
import { AddressDto, AddressPatchDto, IsAddressLine } from '../../../common/address/address.dto.js';
import { MayBeAbsent } from '../../../common/validation/decorators.js';

export class CreateAddressDto extends AddressDto {
  /**
   * What you call it.
   * @example "Home"
   */
  @MayBeAbsent()
  @IsAddressLine(100)
  label?: string;

  /**
   * Offered first for deliveries; the one that was so far no longer is.
   * @example true
   */
  @MayBeAbsent()
  @IsBoolean()
  isDefaultShipping?: boolean;

  /**
   * Offered first for invoices; the one that was so far no longer is.
   * @example false
   */
  @MayBeAbsent()
  @IsBoolean()
  isDefaultBilling?: boolean;
}

/** A JSON Merge Patch: members that are absent stay, null removes an optional one. */
export class UpdateAddressDto extends AddressPatchDto {
  /**
   * What you call it.
   * @example "Home"
   */
  @IsOptional()
  @IsAddressLine(100)
  label?: string | null;

  /**
   * Offered first for deliveries; the one that was so far no longer is.
   * @example true
   */
  @MayBeAbsent()
  @IsBoolean()
  isDefaultShipping?: boolean;

  /**
   * Offered first for invoices; the one that was so far no longer is.
   * @example false
   */
  @MayBeAbsent()
  @IsBoolean()
  isDefaultBilling?: boolean;
}
