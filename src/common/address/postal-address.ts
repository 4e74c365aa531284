import type { FieldError } from '../errors/domain.error.js';
import { InvalidRequestError } from '../errors/request.errors.js';
import { hasRegions, isPostalCodeOf, normalisedPostalCode, regionOf, usesPostalCodes } from './country-forms.js';

/** A postal address, in the words of the API. */
export interface PostalAddress {
  name: string;
  company?: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode?: string;
  countryCode: string;
  phone?: string;
}

/** Members that are absent stay as they are; null removes one that need not be there. */
export type AddressPatch = { readonly [Member in keyof PostalAddress]?: PostalAddress[Member] | null };

const REQUIRED = ['name', 'line1', 'city', 'countryCode'] as const;

/**
 * Merges a change into an address (RFC 7396).
 *
 * @returns undefined when there is no change, null when the address is removed.
 * @throws InvalidRequestError naming the members that a complete address lacks.
 */
export function patchAddress(
  current: PostalAddress | null,
  patch: AddressPatch | null | undefined,
  pointer: string,
): PostalAddress | null | undefined {
  if (patch === undefined || patch === null) return patch;
  const members = Object.entries({ ...current, ...withoutAbsent(patch) }).filter(([, value]) => value !== null);
  const merged = Object.fromEntries(members) as unknown as PostalAddress;
  const missing = REQUIRED.filter((member) => merged[member] === undefined);
  if (missing.length > 0) throw new InvalidRequestError(missing.map((member) => isMissing(`${pointer}/${member}`)));
  return merged;
}

/**
 * Writes an address the way its country does: country and postal code in upper case, the postal code with the country's spacing, the
 * region as its code where the country's regions are known.
 *
 * @param pointer Where the address stands in the request.
 * @throws InvalidRequestError naming `postalCode` (code `postal_code`) and `region` (code `region`) where the country asks for another form.
 */
export function normalisedAddress<Address extends PostalAddress>(address: Address, pointer: string): Address {
  const countryCode = address.countryCode.toUpperCase();
  const postalCode = emptyAsAbsent(address.postalCode && normalisedPostalCode(address.postalCode, countryCode));
  const writtenRegion = emptyAsAbsent(address.region?.trim());
  const region = writtenRegion === undefined ? undefined : regionOf(writtenRegion, countryCode);
  const errors: FieldError[] = [];
  if (postalCode === undefined ? usesPostalCodes(countryCode) : !isPostalCodeOf(postalCode, countryCode)) {
    errors.push({
      pointer: `${pointer}/postalCode`,
      code: 'postal_code',
      message: postalCode === undefined ? `is required in ${countryCode}` : `is not a postal code of ${countryCode}`,
    });
  }
  if (region === undefined && (writtenRegion !== undefined || hasRegions(countryCode))) {
    errors.push({
      pointer: `${pointer}/region`,
      code: 'region',
      message: writtenRegion === undefined ? `is required in ${countryCode}` : `is not a region of ${countryCode}`,
    });
  }
  if (errors.length > 0) throw new InvalidRequestError(errors);
  const { region: _, postalCode: __, ...rest } = address;
  return {
    ...rest,
    ...(region === undefined ? {} : { region }),
    ...(postalCode === undefined ? {} : { postalCode }),
    countryCode,
  } as Address;
}

function emptyAsAbsent(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function withoutAbsent(patch: AddressPatch): AddressPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function isMissing(pointer: string): FieldError {
  return { pointer, code: 'required', message: 'is required' };
}
