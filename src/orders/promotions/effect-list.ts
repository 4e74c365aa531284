import { BuyGetEffect } from './effects/buy-get.effect.js';
import { FixedAmountEffect } from './effects/fixed-amount.effect.js';
import { FixedPerPieceEffect } from './effects/fixed-per-piece.effect.js';
import { FreeShippingEffect } from './effects/free-shipping.effect.js';
import { PercentageEffect } from './effects/percentage.effect.js';
import { TieredEffect } from './effects/tiered.effect.js';
import type { PartList, PromotionEffect } from './promotion-part.js';

/** Every effect there is, by the `type` under which it is kept: a type that rows have is not taken out. */
export const EFFECTS: PartList<PromotionEffect> = {
  percentage: PercentageEffect,
  fixed_amount: FixedAmountEffect,
  fixed_per_piece: FixedPerPieceEffect,
  buy_get: BuyGetEffect,
  free_shipping: FreeShippingEffect,
  tiered: TieredEffect,
};
