import type { Type } from '@nestjs/common';
import { CarrierPricing } from './carrier-pricing.dto.js';
import { FlatPricing } from './flat-pricing.dto.js';
import { PickupPricing } from './pickup-pricing.dto.js';
import type { ShippingPricing, StatedPricing } from './shipping-pricing.js';
import { SubtotalPricing } from './subtotal-pricing.dto.js';
import { WeightPricing } from './weight-pricing.dto.js';

/** The ways to price shipping, by the `type` that requests and rows have for them. One more is one more line. */
export const SHIPPING_PRICINGS = {
  flat: FlatPricing,
  by_weight: WeightPricing,
  by_price: SubtotalPricing,
  pickup: PickupPricing,
  carrier: CarrierPricing,
} satisfies Readonly<Record<string, Type<ShippingPricing>>>;

export type ShippingPricingType = keyof typeof SHIPPING_PRICINGS;
export const SHIPPING_PRICING_TYPES = Object.keys(SHIPPING_PRICINGS) as ShippingPricingType[];

/** The pricing that a row says. */
export function pricingOf(row: StatedPricing): ShippingPricing {
  return Object.assign(new SHIPPING_PRICINGS[row.type as ShippingPricingType](), row);
}
