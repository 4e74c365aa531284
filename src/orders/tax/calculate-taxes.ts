import { allocate, portion } from '../../common/money/money.js';
import { STANDARD_TAX_CATEGORY } from '../../common/tax-category.js';
import type { AppliedTax } from '../order-totals.js';
import type { Destination, Purchase, Reason } from '../pricing/purchase.js';
import { nearnessOf, type TaxPlace } from './tax-place.js';
import type { TaxFacts, TaxRule, TaxRules } from './tax-rules.js';

/** An amount that may be taxed. */
export interface Taxable {
  /** Key of the line; null for shipping. */
  readonly key: string | null;
  /** Minor units, discounts taken off: without its tax, or with it where prices include tax. */
  readonly amount: number;
  readonly taxCategory: string;
}

/** What one taxable bears. */
export interface TaxedAmount {
  readonly taxes: readonly AppliedTax[];
  /** Minor units of tax that the price contains and that an exempt customer does not pay; 0 for everybody else. */
  readonly relief: number;
}

/** Taxes of a purchase. */
export interface TaxResult {
  readonly pricesIncludeTax: boolean;
  /** In the order of the taxables. */
  readonly amounts: readonly TaxedAmount[];
  /** Why there is no tax, where there is none. */
  readonly reasons: readonly Reason[];
}

const UNTAXED: TaxedAmount = { taxes: [], relief: 0 };
/** A rate has six digits behind the point at most. */
const RATE_UNIT = 1_000_000n;

/**
 * Calculates the taxes on what a purchase comes to. Pure.
 *
 * Of each priority one rate applies to a taxable: the nearest to where it goes, and of these one of its own category before `standard`, and
 * the one that began last. What all of them take of it is rounded once, half away from zero, and each gets its share by largest remainder;
 * where prices include tax, the net amount is what is rounded, and the tax is the rest.
 *
 * Source: docs/decisions/0035-taxes.md
 */
export function calculateTaxes(
  { currency, destination, now }: Pick<Purchase, 'currency' | 'destination' | 'now'>,
  taxables: readonly Taxable[],
  { settings, rates }: TaxRules,
  exemption: TaxFacts | null,
): TaxResult {
  const pricesIncludeTax = includesTax(currency, settings);
  const without = (code: string, message: string): TaxResult => ({
    pricesIncludeTax,
    amounts: taxables.map(() => UNTAXED),
    reasons: [{ code, message }],
  });
  if (rates.size === 0) return without('no_tax_added', 'No tax is added to the prices.');
  const place = placeOf(destination, settings);
  if (!place) return without('no_address', 'No tax is reckoned before it is known where the goods go.');
  const name = nameOf(place.country, place.region);
  const day = dayIn(settings.timeZone, now);
  const near = (rates.get(place.country) ?? []).flatMap((rule) => {
    const nearness = isValidOn(day, rule) ? nearnessOf(rule, place) : null;
    return nearness === null ? [] : [{ rule, nearness }];
  });
  const chosen = new Map<string, readonly TaxRule[]>();
  const isExempt = isExemptIn(place, exemption);
  const amounts = taxables.map(({ key, amount, taxCategory }): TaxedAmount => {
    const kind = `${key === null} ${taxCategory}`;
    const rules = chosen.get(kind) ?? choose(near, taxCategory, key === null);
    chosen.set(kind, rules);
    if (rules.length === 0) return UNTAXED;
    return borne(
      taxesOn(amount, rules, pricesIncludeTax),
      pricesIncludeTax,
      isExempt ? { ...exemption, place: name } : null,
    );
  });
  const isTaxed = amounts.some(({ taxes }) => taxes.length > 0);
  const reason = isExempt
    ? { code: 'tax_exempt', message: `The customer is exempt in ${name}: ${exemption.reason}.` }
    : { code: 'no_tax_rate', message: `No tax rate of the shop applies in ${name}.` };
  return { pricesIncludeTax, amounts, reasons: isTaxed && !isExempt ? [] : [reason] };
}

export const includesTax = (currency: string, settings: TaxRules['settings']): boolean =>
  settings.pricesIncludeTax !== settings.exceptCurrencies.includes(currency);

export const isExemptIn = ({ country }: TaxPlace, exemption: TaxFacts | null): exemption is TaxFacts =>
  exemption !== null && (exemption.countries?.includes(country) ?? true);

/** What a customer bears of the taxes on an amount: all, or none and the reason for that. */
export function borne(
  taxes: readonly AppliedTax[],
  isIncluded: boolean,
  exempt: { readonly reason: string; readonly place: string } | null,
): TaxedAmount {
  if (!exempt) return { taxes, relief: 0 };
  const relief = isIncluded ? taxes.reduce((sum, { amount }) => sum + amount, 0) : 0;
  return { taxes: [{ rateId: null, name: exempt.reason, rate: '0', amount: 0, place: exempt.place }], relief };
}

interface NearRule {
  readonly rule: TaxRule;
  readonly nearness: number;
}

/** The rates that apply, by rising priority. */
function choose(near: readonly NearRule[], category: string, isShipping: boolean): TaxRule[] {
  const byPriority = new Map<number, NearRule>();
  for (const one of near) {
    const { rule } = one;
    if (
      (rule.category !== category && rule.category !== STANDARD_TAX_CATEGORY) ||
      (isShipping && !rule.appliesToShipping)
    )
      continue;
    const best = byPriority.get(rule.priority);
    if (!best || comesBefore(one, best, category)) byPriority.set(rule.priority, one);
  }
  return [...byPriority.values()].map(({ rule }) => rule).sort((left, right) => left.priority - right.priority);
}

function comesBefore(one: NearRule, other: NearRule, category: string): boolean {
  if (one.nearness !== other.nearness) return one.nearness > other.nearness;
  if (one.rule.category !== other.rule.category) return one.rule.category === category;
  const [from, otherFrom] = [one.rule.validFrom ?? '', other.rule.validFrom ?? ''];
  return from === otherFrom ? one.rule.id < other.rule.id : from > otherFrom;
}

/** What each rate takes of an amount; together they are rounded once. */
function taxesOn(amount: number, rules: readonly TaxRule[], isIncluded: boolean): AppliedTax[] {
  const whole = RATE_UNIT ** BigInt(rules.length);
  const parts: bigint[] = [];
  let all = 0n;
  for (const { rate, isCompound } of rules) {
    // Exact: what is divided by has been multiplied in once for each rate, and at most the rates before were taken out.
    const part = (toUnits(rate) * (isCompound ? whole + all : whole)) / RATE_UNIT;
    parts.push(part);
    all += part;
  }
  const tax = isIncluded ? amount - portion(amount, whole, whole + all) : portion(amount, all, whole);
  const shares = all === 0n ? parts.map(() => 0) : allocate(tax, parts);
  return rules.map(({ id, name, rate, country, region }, index) => ({
    rateId: id,
    name,
    rate,
    amount: shares[index]!,
    place: nameOf(country, region),
  }));
}

/** A decimal fraction in millionths. */
function toUnits(rate: string): bigint {
  const [whole, fraction = ''] = rate.split('.') as [string, string?];
  return BigInt(whole + fraction.padEnd(6, '0'));
}

/** Where the goods are taxed; null while nobody knows. */
export function placeOf(destination: Destination | null, settings: TaxRules['settings']): TaxPlace | null {
  if (destination) {
    const { countryCode, region = null, postalCode = null } = destination;
    return { country: countryCode, region, postalCode };
  }
  const { defaultCountry: country, defaultRegion: region } = settings;
  return country === null ? null : { country, region, postalCode: null };
}

/** As people read a place: "CA-QC". */
export const nameOf = (country: string, region: string | null): string =>
  region === null ? country : `${country}-${region}`;

const isValidOn = (day: string, { validFrom, validTo }: TaxRule): boolean =>
  (validFrom === null || validFrom <= day) && (validTo === null || day <= validTo);

/** Making one takes longer than pricing a cart. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day of the calendar, such as 2026-01-15. */
function dayIn(timeZone: string, now: Date): string {
  if (timeZone === 'UTC') return now.toISOString().slice(0, 10);
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone });
  formats.set(timeZone, format);
  return format.format(now);
}
