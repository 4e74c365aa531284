import type { Purchase, PurchaseLine, Reason } from '../pricing/purchase.js';
import { inCurrency, type NotTaken, type Parcel, type ShippingPrice } from './pricings/shipping-pricing.js';
import type { CarrierQuestion, KnownRates } from './carriers/carrier-question.js';
import type { OfferedMethod, ShippingRules } from './shipping-rules.js';
import { zoneOf } from './zone-areas.js';

/** A way to ship a purchase, and what it costs. */
export interface ShippingOption {
  /** Null for what staff have set. */
  readonly methodId: string | null;
  readonly code: string;
  readonly name: string;
  readonly description: string | null;
  readonly taxCategory: string;
  /** Minor units, before discounts. */
  readonly price: number;
  /** What a carrier knows the choice by; null for a price of the shop's own. */
  readonly carrier: string | null;
  readonly reference: string | null;
  /** The zone that it was priced for; null where the price is the same everywhere. */
  readonly zoneId: string | null;
  /** Where the goods are fetched; null when they are sent. */
  readonly pickupLocationId: string | null;
  readonly estimatedDays: { readonly min: number | null; readonly max: number | null };
  /** Why it costs that. */
  readonly reason: Reason;
}

/** A method that goes there and is not offered. */
export type ShippingRefusal = Pick<OfferedMethod, 'id' | 'code' | 'name'> & {
  readonly reason: Reason;
  /** What a carrier would have to be asked first. */
  readonly question?: CarrierQuestion;
};

/** Every way to ship a purchase. */
export interface ShippingQuote {
  /** Whether anything of it has to be shipped at all. */
  readonly isNeeded: boolean;
  readonly options: readonly ShippingOption[];
  readonly refusals: readonly ShippingRefusal[];
}

const NONE_KNOWN: KnownRates = new Map();
const NOT_NEEDED: ShippingQuote = { isNeeded: false, options: [], refusals: [] };

/**
 * The ways to ship a purchase to where it goes, in the order of the methods. Pure.
 *
 * @param subtotal Minor units: what the lines come to, discounts taken off.
 */
export function quoteShipping(
  { currency, destination, lines, rates = NONE_KNOWN }: Purchase,
  subtotal: number,
  { zones, methods }: ShippingRules,
): ShippingQuote {
  const goods = lines.filter(({ requiresShipping }) => requiresShipping);
  if (goods.length === 0) return NOT_NEEDED;
  const zoneId = destination && (zoneOf(destination, zones)?.id ?? null);
  const goingThere = methods.filter(
    ({ zoneIds }) => zoneIds.length === 0 || (zoneId !== null && zoneIds.includes(zoneId)),
  );
  const options: ShippingOption[] = [];
  const refusals: ShippingRefusal[] = [];
  for (const method of goingThere) {
    const weightGrams = weightOf(goods, method.defaultWeightGrams);
    const quoted = quote(method, { currency, subtotal, weightGrams, destination, rates });
    const { id, code, name, description, taxCategory, zoneIds, locationId } = method;
    if ('refusal' in quoted) {
      refusals.push({ id, code, name, reason: quoted.refusal, question: quoted.question });
      continue;
    }
    const { price, reason, carrier = null, reference = null } = quoted;
    options.push({
      methodId: id,
      code,
      name,
      description,
      taxCategory,
      price,
      carrier,
      reference,
      zoneId: zoneIds.length === 0 ? null : zoneId,
      pickupLocationId: locationId,
      estimatedDays: { min: method.estimatedDaysMin, max: method.estimatedDaysMax },
      reason,
    });
  }
  return { isNeeded: true, options, refusals };
}

/** What keeps a purchase from being ordered as far as shipping goes; null when nothing does. */
export function shippingProblemOf(
  { destination, shippingMethod, isShippingMandatory }: Purchase,
  { isNeeded, options, refusals }: ShippingQuote,
  { methods }: ShippingRules,
  chosen: ShippingOption | undefined,
): Reason | null {
  if (!isNeeded || chosen) return null;
  if (shippingMethod !== null) {
    const refusal = refusals.find(({ id, code }) => shippingMethod === id || shippingMethod === code);
    return unavailable(refusal ? `${refusal.name} is not offered: ${refusal.reason.message}` : NOT_OFFERED);
  }
  if (methods.length === 0) return null;
  if (destination === null) return isShippingMandatory ? REQUIRED : null;
  if (options.length > 0) return REQUIRED;
  if (refusals.length === 0) return NOT_SHIPPABLE;
  return unavailable(`No way to ship this is offered: ${refusals.map(({ reason }) => reason.message).join(' ')}`);
}

const NOT_OFFERED = 'The shipping method that was chosen is not offered for this; choose another one.';
const unavailable = (message: string): Reason => ({ code: 'order.shipping_method_unavailable', message });
const REQUIRED: Reason = {
  code: 'order.shipping_method_required',
  message: 'Choose how this is shipped: it goes to an address, or is picked up.',
};
const NOT_SHIPPABLE: Reason = { code: 'order.not_shippable', message: 'The shop does not ship to this address.' };

function quote(method: OfferedMethod, parcel: Parcel): ShippingPrice | NotTaken {
  const refusal = limitOf(method, parcel);
  if (refusal) return { refusal };
  const quoted = method.pricing.quote(parcel);
  const free = inCurrency(method.freeFrom, parcel.currency);
  if ('refusal' in quoted || !free || parcel.subtotal < free.amount) return quoted;
  const message = `Free, as the goods come to ${free.amount} minor units or more.`;
  return { ...quoted, price: 0, reason: { code: 'free_from', message } };
}

/** Which limit of a method a parcel breaks; limits themselves are within. */
function limitOf(method: OfferedMethod, { currency, subtotal, weightGrams }: Parcel): Reason | null {
  const least = inCurrency(method.minSubtotal, currency)?.amount ?? 0;
  const most = inCurrency(method.maxSubtotal, currency)?.amount ?? Infinity;
  if (subtotal < least)
    return { code: 'below_minimum', message: `The goods must come to ${least} minor units or more.` };
  if (subtotal > most) return { code: 'above_maximum', message: `The goods may come to ${most} minor units at most.` };
  const { minWeightGrams, maxWeightGrams } = method;
  if (minWeightGrams === null && maxWeightGrams === null) return null;
  if (weightGrams === null) return { code: 'weight_unknown', message: 'The weight of what is ordered is not known.' };
  if (weightGrams < (minWeightGrams ?? 0))
    return { code: 'too_light', message: `It takes ${minWeightGrams} g or more, and not ${weightGrams} g.` };
  if (weightGrams > (maxWeightGrams ?? Infinity))
    return { code: 'too_heavy', message: `It takes ${maxWeightGrams} g at most, and not ${weightGrams} g.` };
  return null;
}

/** Grams of all pieces together; null when one is unknown and nothing stands for it. */
function weightOf(goods: readonly PurchaseLine[], unknown: number | null): number | null {
  return goods.reduce<number | null>((sum, { weightGrams, quantity }) => {
    const each = weightGrams ?? unknown;
    return sum === null || each === null ? null : sum + each * quantity;
  }, 0);
}
