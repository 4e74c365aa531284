import type { Destination, Reason } from '../../pricing/purchase.js';
import type { CarrierQuestion, KnownRates } from '../carriers/carrier-question.js';

/** A pricing as rows and requests say it; `pricingOf` makes it one that calculates. */
export interface StatedPricing {
  readonly type: string;
}

/** What is to be shipped, as far as its price asks. */
export interface Parcel {
  /** ISO 4217 code of all amounts. */
  readonly currency: string;
  /** Minor units: what the lines come to, discounts taken off. */
  readonly subtotal: number;
  /** Null when the weight of a piece is not known. */
  readonly weightGrams: number | null;
  /** Null while nobody has said. */
  readonly destination: Destination | null;
  /** What carriers have answered. */
  readonly rates: KnownRates;
}

/** What shipping a parcel costs, and why. */
export interface ShippingPrice {
  /** Minor units, before discounts. */
  readonly price: number;
  readonly reason: Reason;
  /** What a carrier knows the choice by; absent for a price of the shop's own. */
  readonly carrier?: string;
  readonly reference?: string;
}

/** Why a parcel is not taken. */
export interface NotTaken {
  readonly refusal: Reason;
  /** What a carrier would have to be asked first. */
  readonly question?: CarrierQuestion;
}

/**
 * One way to price shipping. Each is a class in a file of its own, which says what staff send, checks it, and calculates; and one line in
 * `SHIPPING_PRICINGS`.
 */
export abstract class ShippingPricing {
  abstract readonly type: string;

  /** Whether somebody fetches the goods, so that nothing goes to an address. */
  get isPickup(): boolean {
    return false;
  }

  /** What a parcel costs, or why it is not taken. Pure. */
  abstract quote(parcel: Parcel): ShippingPrice | NotTaken;
}

/** A price of those up to something: a weight, or what the goods come to. */
export interface Tier {
  /** The last value that it is for; null when it is for all beyond the others. */
  readonly upTo: number | null;
  /** Minor units. */
  readonly amount: number;
}

/** The tier for a value: the first that reaches up to it; undefined beyond the last. */
export function tierOf(tiers: readonly Tier[], value: number): Tier | undefined {
  return tiers.find(({ upTo }) => upTo === null || value <= upTo);
}

/** The one of a currency. */
export function inCurrency<Row extends { readonly currency: string }>(
  rows: readonly Row[],
  currency: string,
): Row | undefined {
  return rows.find((row) => row.currency === currency);
}

export const noPriceIn = (currency: string): NotTaken => ({
  refusal: { code: 'no_price', message: `It has no price in ${currency}.` },
});
