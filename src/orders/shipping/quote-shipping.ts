import type { Purchase, Reason } from '../pricing/purchase.js';
import type { ShippingRules } from './shipping-rules.js';

/** A way to ship a purchase, and what it costs. */
export interface ShippingOption {
  /** Null for what staff have set. */
  readonly methodId: string | null;
  readonly code: string;
  readonly name: string;
  readonly taxCategory: string;
  /** Minor units, before discounts. */
  readonly price: number;
  /** What a carrier knows the choice by; null for a price of the shop's own. */
  readonly carrier: string | null;
  readonly reference: string | null;
  /** Why it costs that. */
  readonly reason: Reason;
}

/**
 * The ways to ship a purchase to where it goes. Pure.
 *
 * @param subtotal Minor units: what the lines come to, discounts taken off.
 */
export function quoteShipping(
  _purchase: Purchase,
  _subtotal: number,
  _rules: ShippingRules,
): readonly ShippingOption[] {
  return [];
}
