import type { TaxRule } from './tax-rules.js';

/** Where a tax may be due. */
export interface TaxPlace {
  /** ISO 3166-1 alpha-2 code. */
  readonly country: string;
  readonly region: string | null;
  readonly postalCode: string | null;
}

const RANGE = '..';

/** As postal codes are compared: people set blanks and hyphens as they like. */
const compact = (code: string): string => code.toUpperCase().replace(/[\s-]/g, '');

/** As `postalCodes` keeps it; null for what is neither the beginning of a code nor a range of two of equal length. */
export function postalCodeRange(text: string): string | null {
  const bounds = text.split(RANGE).map(compact);
  const [from, to = from] = bounds;
  const isRange = bounds.length <= 2 && bounds.every((bound) => /^[A-Z0-9]{1,10}$/.test(bound));
  return isRange && from!.length === to!.length && from! <= to! ? bounds.join(RANGE) : null;
}

/**
 * How near a rate is to a place: 0 for one of the whole country, 1 for one of the region, more for the postal code, the longer what names
 * it. Null when it is not due there.
 */
export function nearnessOf({ region, postalCodes }: Pick<TaxRule, 'region' | 'postalCodes'>, place: TaxPlace) {
  if (region !== null && region.toLowerCase() !== place.region?.trim().toLowerCase()) return null;
  if (postalCodes.length === 0) return region === null ? 0 : 1;
  if (place.postalCode === null) return null;
  const code = compact(place.postalCode);
  const longest = postalCodes.reduce((best, range) => {
    const [from, to = from] = range.split(RANGE) as [string, string?];
    const beginning = code.slice(0, from.length);
    return from <= beginning && beginning <= to ? Math.max(best, from.length) : best;
  }, 0);
  return longest === 0 ? null : 1 + longest;
}
