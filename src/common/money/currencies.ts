import { LRUCache } from 'lru-cache';

/** Currencies whose minor unit is not a hundredth (ISO 4217, table A.1; the Intl tables of Node differ for HUF and IQD). */
const UNUSUAL_DIGITS: Readonly<Record<string, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF',
};

/** Decimal places of each currency in use. Codes in X name metals, funds and tests, apart from four shared currencies. */
const MINOR_DIGITS: ReadonlyMap<string, number> = new Map([
  ...Intl.supportedValuesOf('currency')
    .filter((code) => !code.startsWith('X') || ['XAF', 'XCD', 'XOF', 'XPF'].includes(code))
    .map((code) => [code, 2] as const),
  ...Object.entries(UNUSUAL_DIGITS).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
]);

/** True for an ISO 4217 code of a currency that can be paid in (`XXX`, `XAU` and the like cannot). */
export function isCurrency(code: unknown): code is string {
  return typeof code === 'string' && MINOR_DIGITS.has(code);
}

/** @returns 2 for EUR, 0 for JPY, 3 for BHD. @throws RangeError for an unknown currency. */
export function minorDigits(currency: string): number {
  const digits = MINOR_DIGITS.get(currency);
  if (digits === undefined) throw new RangeError(`${currency} is not a currency`);
  return digits;
}

/**
 * Reads decimal text ("19.99") into minor units (1999) without floating point.
 *
 * @returns null when the text is no plain decimal number, or has more decimals than the currency (trailing zeros are fine).
 */
export function parseDecimal(text: string, currency: string): number | null {
  const match = /^(-?)(\d{1,16})(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const digits = minorDigits(currency);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > digits) return null;
  const amount = Number(match[2]! + fraction.padEnd(digits, '0'));
  if (!Number.isSafeInteger(amount)) return null;
  return match[1] && amount !== 0 ? -amount : amount;
}

/** Writes minor units for people in the given language: `formatMoney({ amount: 1999, currency: 'EUR' }, 'en')` is "€19.99". */
export function formatMoney(money: { amount: number; currency: string }, locale = 'en'): string {
  const digits = minorDigits(money.currency);
  const text = String(Math.abs(money.amount)).padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  const formatter = formatterOf(locale, money.currency, digits);
  // A string keeps every digit; a number above 2^53 / 10^digits would not.
  return formatter.format(`${money.amount < 0 ? '-' : ''}${decimal}` as unknown as number);
}

/** Making one takes longer than a hundred uses of it. */
const formatters = new LRUCache<string, Intl.NumberFormat>({ max: 200 });

function formatterOf(locale: string, currency: string, digits: number): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formatters.set(key, formatter);
  }
  return formatter;
}
