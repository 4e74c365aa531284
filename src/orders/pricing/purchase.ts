import type { PostalAddress } from '../../common/address/postal-address.js';
import type { KnownRates } from '../shipping/carriers/carrier-question.js';
import type { LineAdjustment } from '../order-totals.js';

/** One line to be priced. */
export interface PurchaseLine {
  /** By which the answer names it. */
  readonly key: string;
  /** Null for what the catalogue does not have. */
  readonly variantId: string | null;
  readonly productId: string | null;
  /** The categories its product stands in. */
  readonly categoryIds: readonly string[];
  readonly taxCategory: string;
  /** Of one piece; null when nobody has said. */
  readonly weightGrams: number | null;
  /** Whether it is sent or fetched, as goods are; false for what is downloaded or done. */
  readonly requiresShipping: boolean;
  /** Whole units, at least 1. */
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
  /** Whether promotions apply to it: not where staff have set the price. */
  readonly isDiscountable: boolean;
  /** What has been taken off already, and stays so; absent where nothing has. */
  readonly adjustments?: readonly LineAdjustment[];
}

/** Where goods go, as far as taxes and shipping ask. */
export type Destination = Pick<PostalAddress, 'countryCode' | 'region' | 'postalCode'>;

/** Who buys, as far as prices ask. */
export interface Customer {
  /** Null for a guest. */
  readonly id: string | null;
  /** Null while nobody has said. */
  readonly email: string | null;
}

/** All that decides what a purchase costs, beside the rules of the shop. */
export interface Purchase {
  /** ISO 4217 code of all amounts. */
  readonly currency: string;
  readonly customer: Customer;
  readonly destination: Destination | null;
  readonly lines: readonly PurchaseLine[];
  /** Promotion codes as they were entered. */
  readonly codes: readonly string[];
  /** Promotions that do not apply, because their last use has just been taken by somebody else. */
  readonly withoutPromotions?: ReadonlySet<string>;
  /** Id or code of a shipping method; null when none has been chosen. */
  readonly shippingMethod: string | null;
  /** Minor units that staff have set for shipping, in the place of a method; null where they have not. */
  readonly shippingPrice: number | null;
  /** Whether a method must be chosen even while nobody has said where it goes. */
  readonly isShippingMandatory: boolean;
  /** What carriers have answered; nothing unless given. */
  readonly rates?: KnownRates;
  readonly now: Date;
}

/** Why something costs what it does, or does not. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  /** Minor units that it adds; absent where it adds nothing. */
  readonly amount?: number;
}
