import { isPostalCode } from 'class-validator';

/**
 * How a country writes its codes: what is left without blanks and hyphens, and how that is put together.
 *
 * Countries whose codes are digits in a row need no entry.
 */
const SPELLINGS: Readonly<Record<string, readonly [RegExp, string]>> = {
  AZ: [/^(?:AZ)?(\d{4})$/, 'AZ$1'],
  BM: [/^([A-Z]{2})([A-Z\d]{2})$/, '$1 $2'],
  BR: [/^(\d{5})(\d{3})$/, '$1-$2'],
  CA: [/^([A-Z]\d[A-Z])(\d[A-Z]\d)$/, '$1 $2'],
  CL: [/^(\d{3})(\d{4})$/, '$1$2'],
  CZ: [/^(\d{3})(\d{2})$/, '$1 $2'],
  GB: [/^([A-Z]{1,2}\d[A-Z\d]?|GIR)(\d[A-Z]{2})$/, '$1 $2'],
  GG: [/^(GY\d{1,2})(\d[A-Z]{2})$/, '$1 $2'],
  GI: [/^(GX11)(1AA)$/, '$1 $2'],
  GR: [/^(\d{3})(\d{2})$/, '$1 $2'],
  IE: [/^([A-Z]\d[\dW])([A-Z\d]{4})$/, '$1 $2'],
  IM: [/^(IM\d{1,2})(\d[A-Z]{2})$/, '$1 $2'],
  JE: [/^(JE\d)(\d[A-Z]{2})$/, '$1 $2'],
  JP: [/^(\d{3})(\d{4})$/, '$1-$2'],
  LT: [/^(?:LT)?(\d{5})$/, 'LT-$1'],
  LU: [/^L?(\d{4})$/, '$1'],
  LV: [/^(?:LV)?(\d{4})$/, 'LV-$1'],
  MD: [/^(?:MD)?(\d{4})$/, 'MD-$1'],
  MT: [/^([A-Z]{3})(\d{4})$/, '$1 $2'],
  NL: [/^(\d{4})([A-Z]{2})$/, '$1 $2'],
  PL: [/^(\d{2})(\d{3})$/, '$1-$2'],
  PT: [/^(\d{4})(\d{3})$/, '$1-$2'],
  SE: [/^(\d{3})(\d{2})$/, '$1 $2'],
  SK: [/^(\d{3})(\d{2})$/, '$1 $2'],
  ...Object.fromEntries(
    ['AS', 'GU', 'MP', 'PR', 'US', 'VI'].map((country) => [country, [/^(\d{5})(\d{4})$/, '$1-$2'] as const]),
  ),
};

/** Countries whose forms validator.js checks; see `isPostalCode`. */
const CHECKED_BY_LIBRARY = new Set(
  (
    'AD AT AU AZ BA BD BE BG BR BY CA CH CN CO CZ DE DK DO DZ EE ES FI FR GB GR HR HT HU ID IE IL IN IR IS IT JP KE KR LI LT LU LV ' +
    'LK MC MG MX MT MY NL NO NP NZ PK PL PR PT RO RU SA SE SG SI SK TH TN TW UA US ZA ZM'
  ).split(' '),
);

/** Forms that validator.js does not know. Source: postal code expressions of the Unicode CLDR, release 26 (the last that had them). */
const FORMS: Readonly<Record<string, RegExp>> = {
  AF: /^\d{4}$/,
  AL: /^\d{4}$/,
  AM: /^(37)?\d{4}$/,
  AR: /^([A-HJ-NP-Z])?\d{4}([A-Z]{3})?$/,
  AS: /^96799(-\d{4})?$/,
  AX: /^22\d{3}$/,
  BM: /^[A-Z]{2} [A-Z\d]{2}$/,
  CL: /^\d{7}$/,
  CR: /^\d{4,5}$/,
  CY: /^\d{4}$/,
  EC: /^\d{6}$/,
  EG: /^\d{5}$/,
  FO: /^\d{3}$/,
  GE: /^\d{4}$/,
  GF: /^973\d{2}$/,
  GG: /^GY\d{1,2} \d[A-Z]{2}$/,
  GI: /^GX11 1AA$/,
  GL: /^39\d{2}$/,
  GP: /^971\d{2}$/,
  GT: /^\d{5}$/,
  GU: /^969[123]\d(-\d{4})?$/,
  IM: /^IM\d{1,2} \d[A-Z]{2}$/,
  JE: /^JE\d \d[A-Z]{2}$/,
  JO: /^\d{5}$/,
  KG: /^\d{6}$/,
  KW: /^\d{5}$/,
  KZ: /^\d{6}$/,
  MA: /^\d{5}$/,
  MD: /^MD-\d{4}$/,
  ME: /^8\d{4}$/,
  MK: /^\d{4}$/,
  MP: /^9695[012](-\d{4})?$/,
  MQ: /^972\d{2}$/,
  MV: /^\d{5}$/,
  NC: /^988\d{2}$/,
  NG: /^\d{6}$/,
  PE: /^\d{5}$/,
  PF: /^987\d{2}$/,
  PH: /^\d{4}$/,
  PM: /^97500$/,
  PY: /^\d{4}$/,
  RE: /^974\d{2}$/,
  RS: /^\d{5}$/,
  SM: /^4789\d$/,
  TR: /^\d{5}$/,
  UY: /^\d{5}$/,
  UZ: /^\d{6}$/,
  VA: /^00120$/,
  VE: /^\d{4}$/,
  VI: /^008[0-5]\d(-\d{4})?$/,
  VN: /^\d{5,6}$/,
  YT: /^976\d{2}$/,
};

/** Countries that have codes which people there leave out: one that is given must have the right form, but none need be given. */
const SELDOM_WRITTEN = new Set(
  'AF AM AR BM CL CO CR DO EC EG GE GT HT ID IE IR JO KE KW LK MA MD MG MV NG NP PE PK PY SA UY VE VN ZM'.split(' '),
);

/** True when an address in the country is not complete without a postal code. */
export function usesPostalCodes(countryCode: string): boolean {
  return hasForm(countryCode) && !SELDOM_WRITTEN.has(countryCode);
}

/** True for a code in the form of the country; anything will do where there are no codes, or their form is not known. */
export function isPostalCodeOf(postalCode: string, countryCode: string): boolean {
  const form = FORMS[countryCode];
  if (form) return form.test(postalCode);
  return !CHECKED_BY_LIBRARY.has(countryCode) || isPostalCode(postalCode, countryCode as 'DE');
}

/** The code as the country writes it: upper case, one blank or hyphen where it has one. */
export function normalisedPostalCode(postalCode: string, countryCode: string): string {
  const written = postalCode.trim().toUpperCase().replace(/\s+/g, ' ');
  const spelling = SPELLINGS[countryCode];
  const compact = written.replace(/[ -]/g, '');
  if (spelling?.[0].test(compact)) return compact.replace(...spelling);
  // A code of digits alone, however they were grouped.
  return hasForm(countryCode) && /^\d+$/.test(compact) && isPostalCodeOf(compact, countryCode) ? compact : written;
}

function hasForm(countryCode: string): boolean {
  return countryCode in FORMS || CHECKED_BY_LIBRARY.has(countryCode);
}
