import { PickType } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { AddressDto } from '../../../common/address/address.dto.js';
import { OF_RESOURCE, shown } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { IsLine, MayBeAbsent, MayBeRemoved, MergePatchOf } from '../../../common/validation/decorators.js';
import { Address } from '../entities/address.entity.js';

export class CreateAddressDto extends AddressDto {
  /**
   * What you call it.
   * @example "Home"
   */
  @MayBeRemoved()
  @IsLine(100)
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
export class UpdateAddressDto extends MergePatchOf(CreateAddressDto) {}

const SHOWN = [
  ...OF_RESOURCE,
  ...(['label', 'name', 'company', 'line1', 'line2', 'city', 'region', 'postalCode', 'countryCode', 'phone'] as const),
  ...(['isDefaultShipping', 'isDefaultBilling'] as const),
] as const;

/** An entry of an address book. */
export class AddressResponseDto extends PickType(Address, SHOWN) {}

/** One page of an address book. */
export class AddressPageDto extends PageOf(AddressResponseDto) {}

export const toAddressResponse = (address: Address): AddressResponseDto => shown(address, SHOWN);
