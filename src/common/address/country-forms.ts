import { readFileSync } from 'node:fs';
import { isPostalCode } from 'class-validator';
import { assetPath } from '../assets.js';

/** What `assets/addresses.json` knows of how addresses are written, by country. */
interface AddressForms {
  postalCodes: {
    /**
     * How a country writes its codes: what is left without blanks and hyphens, and how that is put together. Countries whose codes are
     * digits in a row need no entry.
     */
    spellings: Record<string, [pattern: string, written: string]>;
    /** Forms that validator.js does not know. Source: the expressions of the Unicode CLDR, release 26 (the last that had them). */
    forms: Record<string, string>;
    /** Countries whose forms validator.js checks; see `isPostalCode`. */
    checkedByLibrary: string[];
    /** Countries that have codes which people there leave out: one that is given must have the right form, but none need be given. */
    seldomWritten: string[];
  };
  /**
   * Subdivisions by their code of ISO 3166-2 without the country's part. Those of the United States are the states, the federal district,
   * outlying areas, and the three regions of the armed forces' mail (USPS Publication 28, appendix B).
   */
  regions: Record<string, Record<string, string>>;
}

/** Countries where a region belongs into every address, in a spelling that is not looked up: people write it in their own script. */
const REQUIRED_AS_WRITTEN = new Set(['CN', 'JP']);

const { postalCodes, regions } = JSON.parse(readFileSync(assetPath('addresses.json'), 'utf8')) as AddressForms;
const checkedByLibrary = new Set(postalCodes.checkedByLibrary);
const seldomWritten = new Set(postalCodes.seldomWritten);
/** By country: what a region may be called, folded, and its code. */
const regionCodes: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries(regions).map(([country, names]) => [
    country,
    new Map(
      Object.entries(names).flatMap(([code, name]) => [[fold(code), code] as const, [fold(name), code] as const]),
    ),
  ]),
);

/** True when an address in the country is not complete without a postal code. */
export function usesPostalCodes(countryCode: string): boolean {
  return hasForm(countryCode) && !seldomWritten.has(countryCode);
}

/** True for a code in the form of the country; anything will do where there are no codes, or their form is not known. */
export function isPostalCodeOf(postalCode: string, countryCode: string): boolean {
  const form = postalCodes.forms[countryCode];
  if (form !== undefined) return new RegExp(form).test(postalCode);
  return !checkedByLibrary.has(countryCode) || isPostalCode(postalCode, countryCode as 'DE');
}

/** The code as the country writes it: upper case, one blank or hyphen where it has one. */
export function normalisedPostalCode(postalCode: string, countryCode: string): string {
  const written = postalCode.trim().toUpperCase().replace(/\s+/g, ' ');
  const compact = written.replace(/[ -]/g, '');
  const [pattern, spelling] = postalCodes.spellings[countryCode] ?? [];
  if (pattern !== undefined && new RegExp(pattern).test(compact))
    return compact.replace(new RegExp(pattern), spelling!);
  // A code of digits alone, however they were grouped.
  return hasForm(countryCode) && /^\d+$/.test(compact) && isPostalCodeOf(compact, countryCode) ? compact : written;
}

function hasForm(countryCode: string): boolean {
  return countryCode in postalCodes.forms || checkedByLibrary.has(countryCode);
}

/** True when an address in the country is not complete without a region. */
export function hasRegions(countryCode: string): boolean {
  return regionCodes.has(countryCode) || REQUIRED_AS_WRITTEN.has(countryCode);
}

/**
 * The region of an address: its ISO 3166-2 code without the country's part, for a code or a name in any case, with or without accents.
 *
 * @returns the text itself where the country's regions are not listed; undefined for what is no region of the country.
 */
export function regionOf(text: string, countryCode: string): string | undefined {
  const codes = regionCodes.get(countryCode);
  if (!codes) return text;
  const folded = fold(text);
  return codes.get(folded) ?? codes.get(folded.replace(new RegExp(`^${countryCode.toLowerCase()}-`), ''));
}

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\p{M}'.]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
