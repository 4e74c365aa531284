import type { Implementations } from '../../../common/extension-points.js';
import { FakeCarrier } from './fake.carrier.js';
import type { ShippingCarrier } from './shipping-carrier.js';

/** The carriers, by the names that methods and rows have for them. One more is one more line. */
export const SHIPPING_CARRIERS = {
  fake: FakeCarrier,
} satisfies Implementations<ShippingCarrier>;

export const SHIPPING_CARRIER_NAMES: readonly string[] = Object.keys(SHIPPING_CARRIERS);
