import type { Destination } from '../pricing/purchase.js';

/** Every country that no other area names. */
export const ANYWHERE = '*';

/** A country, or parts of it. */
export interface ZoneArea {
  /** ISO 3166-1 alpha-2 code, or `*`. */
  readonly countryCode: string;
  /** Only these regions, as addresses have them; all of them unless given. */
  readonly regions?: string[];
  /** Only postal codes that begin with one of these; all of them unless given. */
  readonly postalCodePrefixes?: string[];
}

export interface Zone {
  readonly id: string;
  readonly areas: readonly ZoneArea[];
}

/**
 * The zone of a destination: the one with the area that says most about it. A longer beginning of the postal code says more than a shorter one, any
 * beginning more than a region, a region more than the country alone, and the country more than `*`. Of two zones that say as much, it
 * is the older one. Pure.
 */
export function zoneOf<Kind extends Zone>(destination: Destination, zones: readonly Kind[]): Kind | null {
  const [best] = zones
    .map((zone) => ({ zone, rank: Math.max(...zone.areas.map((area) => rankOf(area, destination))) }))
    .filter(({ rank }) => rank > 0)
    .sort((left, right) => right.rank - left.rank || (left.zone.id < right.zone.id ? -1 : 1));
  return best?.zone ?? null;
}

/** How much an area says about a destination; 0 when that is not in it. */
function rankOf({ countryCode, regions, postalCodePrefixes }: ZoneArea, destination: Destination): number {
  if (countryCode === ANYWHERE) return 1;
  if (countryCode !== destination.countryCode) return 0;
  if (regions && !regions.some((region) => folded(region) === folded(destination.region ?? ''))) return 0;
  const code = compact(destination.postalCode ?? '');
  const lengths = (postalCodePrefixes ?? [])
    .map(compact)
    .flatMap((prefix) => (code.startsWith(prefix) ? [prefix.length] : []));
  if (postalCodePrefixes && lengths.length === 0) return 0;
  return 2 + (regions ? 1 : 0) + 2 * Math.max(0, ...lengths);
}

const folded = (text: string): string => text.trim().toLowerCase();
/** However it is grouped. */
const compact = (postalCode: string): string => postalCode.replace(/[\s-]/g, '').toUpperCase();
