import { IsBoolean } from 'class-validator';
import { AddressDto, IsAddressLine } from '../../../common/address/address.dto.js';
import { ResourceResponse } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { MayBeAbsent, MayBeRemoved, MergePatchOf } from '../../../common/validation/decorators.js';
import type { Address } from '../entities/address.entity.js';

export class CreateAddressDto extends AddressDto {
  /**
   * What you call it.
   * @example "Home"
   */
  @MayBeRemoved()
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
export class UpdateAddressDto extends MergePatchOf(CreateAddressDto) {}

/** An entry of an address book. */
export class AddressResponseDto extends ResourceResponse {
  /**
   * What its owner calls it.
   * @example "Home"
   */
  label: string | null;

  /**
   * Who receives it.
   * @example "Ada Lovelace"
   */
  name: string;

  /** @example "Analytical Engines Ltd" */
  company: string | null;

  /**
   * Street and house number.
   * @example "12 Main Street"
   */
  line1: string;

  /**
   * Flat, floor, building.
   * @example "Flat 3"
   */
  line2: string | null;

  /** @example "London" */
  city: string;

  /**
   * State, province or county; the second part of its ISO 3166-2 code where the country's are known.
   * @example "Greater London"
   */
  region: string | null;

  /**
   * As the country writes it.
   * @example "SW1Y 4JH"
   */
  postalCode: string | null;

  /**
   * ISO 3166-1 alpha-2 code of the country.
   * @example "GB"
   */
  countryCode: string;

  /**
   * For the carrier.
   * @example "+44 20 7946 0958"
   */
  phone: string | null;

  /**
   * Offered first for deliveries.
   * @example true
   */
  isDefaultShipping: boolean;

  /**
   * Offered first for invoices.
   * @example false
   */
  isDefaultBilling: boolean;
}

/** One page of an address book. */
export class AddressPageDto extends PageOf(AddressResponseDto) {}

export function toAddressResponse(address: Address): AddressResponseDto {
  const { id, label, name, company, line1, line2, city, region, postalCode, countryCode, phone } = address;
  const { isDefaultShipping, isDefaultBilling, createdAt, updatedAt, version } = address;
  return {
    ...{ id, label, name, company, line1, line2, city, region, postalCode, countryCode, phone },
    ...{ isDefaultShipping, isDefaultBilling, createdAt, updatedAt, version },
  };
}
