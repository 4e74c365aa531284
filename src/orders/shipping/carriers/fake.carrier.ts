import { Injectable } from '@nestjs/common';
import { Environment } from '../../../config/environment.js';
import type { Destination } from '../../pricing/purchase.js';
import { type CarrierParcel, type CarrierRate, CarrierUnreachableError, ShippingCarrier } from './shipping-carrier.js';

/** What a test makes go wrong. */
export interface FakeCarrierFaults {
  /** Nothing is answered until the caller gives up. */
  isSilent?: boolean;
  /** Every request is refused at once. */
  isDown?: boolean;
}

/** The heaviest parcel that it takes. */
const MAX_GRAMS = 30_000;
/** Minor units of each service: for any parcel, and for each kilogram begun. */
const SERVICES = { ground: { base: 500, perKilogram: 50 }, express: { base: 1200, perKilogram: 150 } } as const;

/** A carrier for development and tests: prices by weight, the same everywhere and in every currency. Never in production. */
@Injectable()
export class FakeCarrier extends ShippingCarrier {
  readonly faults: FakeCarrierFaults = {};
  /** How often it was asked. */
  asked = 0;

  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.NODE_ENV !== 'production';
  }

  override async rates(
    { weightGrams }: CarrierParcel,
    { countryCode }: Destination,
    signal: AbortSignal,
  ): Promise<readonly CarrierRate[]> {
    this.asked += 1;
    if (this.faults.isDown) throw new CarrierUnreachableError('fake', 'the line is down');
    if (this.faults.isSilent) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new CarrierUnreachableError('fake', 'no answer');
    }
    if (weightGrams > MAX_GRAMS) return [];
    return Object.entries(SERVICES).map(([service, { base, perKilogram }]) => ({
      service,
      amount: base + perKilogram * Math.ceil(weightGrams / 1000),
      reference: `fake-${service}-${countryCode}-${weightGrams}`,
    }));
  }

  override trackingUrl(trackingNumber: string): string {
    return `https://tracking.example/${encodeURIComponent(trackingNumber)}`;
  }
}
