import type { Page } from '../../../common/pagination/page.dto.js';
import type { AddressBookEntry } from '../addresses.repository.js';

/** An entry of an address book. */
export class AddressResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

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

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  updatedAt: string;

  /**
   * Rises with every change; the entity tag for `If-Match` begins with it.
   * @example 1
   */
  version: number;
}

/** One page of an address book. */
export class AddressPageDto {
  data: AddressResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 2
   */
  total?: number;
}

export function toAddressResponse(address: AddressBookEntry): AddressResponseDto {
  return { ...address, createdAt: address.createdAt.toISOString(), updatedAt: address.updatedAt.toISOString() };
}

export function toAddressPage(page: Page<AddressBookEntry>): AddressPageDto {
  return { ...page, data: page.data.map(toAddressResponse) };
}
