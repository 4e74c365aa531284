import { IsISO31661Alpha2, IsOptional, IsString, MaxLength } from 'class-validator';
import { IsNotBlank, MayBeAbsent } from '../../common/validation/decorators.js';

/** A postal address. */
export class AddressDto {
  /**
   * Who receives it.
   * @example "Ada Lovelace"
   */
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  name: string;

  /**
   * Company, if any.
   * @example "Analytical Engines Ltd"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  company?: string;

  /**
   * Street and house number.
   * @example "12 Main Street"
   */
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  line1: string;

  /**
   * Flat, floor, building.
   * @example "Flat 3"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  line2?: string;

  /**
   * Town.
   * @example "London"
   */
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  city: string;

  /**
   * State, province or county, where addresses have one.
   * @example "Greater London"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  region?: string;

  /**
   * Postal code, where there are any.
   * @example "SW1Y 4JH"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(20)
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
  @MayBeAbsent()
  @IsString()
  @MaxLength(50)
  phone?: string;
}

/** A change of an address: members that are absent stay, null removes an optional one. */
export class AddressPatchDto {
  /**
   * Who receives it.
   * @example "Ada Lovelace"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  name?: string;

  /**
   * Company, if any.
   * @example "Analytical Engines Ltd"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  company?: string | null;

  /**
   * Street and house number.
   * @example "12 Main Street"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  line1?: string;

  /**
   * Flat, floor, building.
   * @example "Flat 3"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  line2?: string | null;

  /**
   * Town.
   * @example "London"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  @IsNotBlank()
  city?: string;

  /**
   * State, province or county, where addresses have one.
   * @example "Greater London"
   */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  region?: string | null;

  /**
   * Postal code, where there are any.
   * @example "SW1Y 4JH"
   */
  @IsOptional()
  @IsString()
  @MaxLength(20)
  postalCode?: string | null;

  /**
   * ISO 3166-1 alpha-2 code of the country.
   * @example "GB"
   */
  @MayBeAbsent()
  @IsISO31661Alpha2()
  countryCode?: string;

  /**
   * For the carrier.
   * @example "+44 20 7946 0958"
   */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  phone?: string | null;
}
