import type { Implementation } from '../../../common/extension-points.js';
import type { Destination } from '../../pricing/purchase.js';

/** What a carrier is asked to price. */
export interface CarrierParcel {
  /** Grams, all pieces together. */
  readonly weightGrams: number;
  /** ISO 4217 code of the currency that prices are wanted in. */
  readonly currency: string;
}

/** What one service of a carrier would take for a parcel. */
export interface CarrierRate {
  /** The carrier's word for the service, such as `express`; each once in an answer. */
  readonly service: string;
  /** Minor units of the currency that was asked for. */
  readonly amount: number;
  /** By which the carrier knows this offer, if it has one. */
  readonly reference: string | null;
}

/** A label that has been bought. */
export interface CarrierLabel {
  readonly trackingNumber: string;
  /** Where the label is to be had. */
  readonly url: string;
}

/** No usable answer: unreachable, too slow, or broken. */
export class CarrierUnreachableError extends Error {
  constructor(carrier: string, reason: string) {
    super(`${carrier}: ${reason}`);
    this.name = 'CarrierUnreachableError';
  }
}

/**
 * A company that carries parcels: an extension point (decision 21). Never called inside a database transaction.
 *
 * Every method that asks raises `CarrierUnreachableError`, and nothing else, when there is no usable answer before `signal` ends the wait.
 * `test/kits/shipping-carrier.kit.ts` holds every implementation to this.
 */
export abstract class ShippingCarrier implements Implementation {
  abstract readonly isOffered: boolean;

  /** What each service would take; empty where it does not carry that, not there, or not for that currency. May be repeated. */
  abstract rates(parcel: CarrierParcel, destination: Destination, signal: AbortSignal): Promise<readonly CarrierRate[]>;

  /** Where a shopper follows a parcel. Calls nobody. */
  abstract trackingUrl(trackingNumber: string): string;

  /** Buys the label of an offer: once per key, however often it is asked. Absent where labels are bought elsewhere. */
  buyLabel?(key: string, reference: string, signal: AbortSignal): Promise<CarrierLabel>;
}
