import type { Destination } from '../../pricing/purchase.js';
import type { CarrierParcel, CarrierRate } from './shipping-carrier.js';

/** Something that a carrier is asked. */
export interface CarrierQuestion extends CarrierParcel {
  readonly carrier: string;
  readonly destination: Destination;
}

/** Answers of carriers that hold now, by `questionKey`. */
export type KnownRates = ReadonlyMap<string, readonly CarrierRate[]>;

/** Two questions of one key have one answer. */
export function questionKey({ carrier, weightGrams, currency, destination }: CarrierQuestion): string {
  const { countryCode, region = '', postalCode = '' } = destination;
  return JSON.stringify([carrier, weightGrams, currency, countryCode, region, postalCode]);
}
