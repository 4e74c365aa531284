import type { RuleSection } from '../pricing/rule-section.js';
import type { ShippingMethod } from './entities/shipping-method.entity.js';
import { pricingOf } from './pricings/pricing-list.js';
import type { ShippingPricing, StatedPricing } from './pricings/shipping-pricing.js';
import type { Zone } from './zone-areas.js';

/** A method that is offered, as far as quoting asks. */
export type OfferedMethod = Omit<
  ShippingMethod,
  'status' | 'position' | 'pricing' | 'version' | 'createdAt' | 'updatedAt'
> & { readonly pricing: ShippingPricing };

/** The shipping methods of the shop, in their order, and where they go to. */
export interface ShippingRules {
  readonly zones: readonly Zone[];
  readonly methods: readonly OfferedMethod[];
}

export const SHIPPING_RULES: RuleSection<ShippingRules> = {
  sql: `SELECT json_build_object(
      'zones', (SELECT coalesce(json_agg(json_build_object('id', id, 'areas', areas)), '[]') FROM shipping_zones),
      'methods', (SELECT coalesce(json_agg(json_build_object(
          'id', id, 'code', code, 'name', name, 'description', description, 'taxCategory', tax_category, 'zoneIds', zone_ids,
          'locationId', location_id, 'estimatedDaysMin', estimated_days_min, 'estimatedDaysMax', estimated_days_max,
          'pricing', pricing, 'freeFrom', free_from, 'minSubtotal', min_subtotal, 'maxSubtotal', max_subtotal,
          'minWeightGrams', min_weight_grams, 'maxWeightGrams', max_weight_grams, 'defaultWeightGrams', default_weight_grams)
        ORDER BY position, code), '[]') FROM shipping_methods WHERE status = 'active'))`,
  read: (value) => {
    const { zones, methods } = value as { zones: Zone[]; methods: (OfferedMethod & { pricing: StatedPricing })[] };
    return { zones, methods: methods.map((method) => ({ ...method, pricing: pricingOf(method.pricing) })) };
  },
};
