import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import type { Money } from '../../../common/money/money.js';
import { Resource } from '../../../database/resource.entity.js';
import type { StatedPricing } from '../pricings/shipping-pricing.js';

export const SHIPPING_METHOD_STATUSES = ['active', 'disabled', 'archived'] as const;
export type ShippingMethodStatus = (typeof SHIPPING_METHOD_STATUSES)[number];

/** A way to get goods to a buyer. */
@Entity('shipping_methods')
@Index('shipping_methods_code_key', ['code'], { unique: true, where: "status <> 'archived'" })
@Check(
  'shipping_methods_status_check',
  `status IN (${SHIPPING_METHOD_STATUSES.map((status) => `'${status}'`).join(', ')})`,
)
@Check('shipping_methods_location_check', "(pricing->>'type' = 'pickup') = (location_id IS NOT NULL)")
@Check('shipping_methods_zones_check', "pricing->>'type' = 'pickup' OR cardinality(zone_ids) > 0")
export class ShippingMethod extends Resource {
  /** By which requests name it; unique among those that are not archived. @example "standard" */
  @Column({ type: 'text' })
  code: string;

  /** @example "Standard" */
  @Column({ type: 'text' })
  name: string;

  /** @example "By post, two to three days" */
  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** Offered to shoppers only while it is active; archived ones are kept because orders refer to them. @example "active" */
  @Column({ type: 'text', default: 'active' })
  status: ShippingMethodStatus;

  /** Place among the methods, lowest first. @example 0 */
  @Column({ type: 'int', default: 0 })
  position: number;

  /** Decides which taxes its price bears. @example "standard" */
  @Column({ type: 'text', default: 'standard' })
  taxCategory: string;

  /** Where it goes to; none for a pickup that everybody may choose. Deleting a zone looks here, under its lock. */
  @Column({ type: 'uuid', array: true, default: '{}' })
  zoneIds: string[];

  /** Where the goods are fetched; of pickups, and of nothing else. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Location')
  locationId: string | null;

  /** Days until the goods are there, at least. @example 2 */
  @Column({ type: 'int', nullable: true })
  estimatedDaysMin: number | null;

  /** Days until the goods are there, at most. @example 3 */
  @Column({ type: 'int', nullable: true })
  estimatedDaysMax: number | null;

  /** What it costs: one of the kinds of `SHIPPING_PRICINGS`. */
  @Column({ type: 'jsonb' })
  pricing: StatedPricing;

  /** What the goods must come to, discounts taken off, for it to cost nothing. */
  @Column({ type: 'jsonb', default: [] })
  freeFrom: Money[];

  @Column({ type: 'jsonb', default: [] })
  minSubtotal: Money[];

  @Column({ type: 'jsonb', default: [] })
  maxSubtotal: Money[];

  /** Grams. @example 0 */
  @Column({ type: 'int', nullable: true })
  minWeightGrams: number | null;

  /** Grams. @example 31500 */
  @Column({ type: 'int', nullable: true })
  maxWeightGrams: number | null;

  /** What a piece counts for of which the weight is not known; where that is not said, nothing is weighed with such a piece. @example 500 */
  @Column({ type: 'int', nullable: true })
  defaultWeightGrams: number | null;
}
