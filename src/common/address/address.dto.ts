import { IsISO31661Alpha2 } from 'class-validator';
import { IsLine, IsNotBlank, MayBeRemoved, MergePatchOf } from '../validation/decorators.js';

/** A postal address. */
export class AddressDto {
  /**
   * Who receives it.
   * @example "Ada Lovelace"
   */
  @IsLine(200)
  @IsNotBlank()
  name: string;

  /**
   * Company, if any.
   * @example "Analytical Engines Ltd"
   */
  @MayBeRemoved()
  @IsLine(200)
  company?: string;

  /**
   * Street and house number.
   * @example "12 Main Street"
   */
  @IsLine(200)
  @IsNotBlank()
  line1: string;

  /**
   * Flat, floor, building.
   * @example "Flat 3"
   */
  @MayBeRemoved()
  @IsLine(200)
  line2?: string;

  /**
   * Town.
   * @example "London"
   */
  @IsLine(200)
  @IsNotBlank()
  city: string;

  /**
   * State, province or county, where addresses have one: a code of ISO 3166-2, or the name.
   * @example "Greater London"
   */
  @MayBeRemoved()
  @IsLine(200)
  region?: string;

  /**
   * Postal code, where there are any: in the form of the country.
   * @example "SW1Y 4JH"
   */
  @MayBeRemoved()
  @IsLine(20)
  postalCode?: string;

  /**
   * ISO 3166-1 alpha-2 code of the country.
   * @example "GB"
   */
  @IsISO31661Alpha2()
  countryCode: string;

  /**
   * For the carrier.
   * @example "+44 20 7946 0958"
   */
  @MayBeRemoved()
  @IsLine(50)
  phone?: string;
}

/** A change of an address: members that are absent stay, null removes an optional one. */
export class AddressPatchDto extends MergePatchOf(AddressDto) {}
