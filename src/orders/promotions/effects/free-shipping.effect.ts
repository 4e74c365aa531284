import { IsIn, ValidateIf } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { AreAmounts, amountIn } from '../items.dto.js';
import { PromotionEffect } from '../promotion-part.js';

/** Shipping for nothing, or for so much less. */
export class FreeShippingEffect extends PromotionEffect {
  /** @example "free_shipping" */
  @IsIn(['free_shipping'])
  readonly type: 'free_shipping';

  /** The most that comes off, in each currency; in another one, nothing comes off. Without it, shipping is free. */
  @ValidateIf((_, value) => value !== undefined)
  @AreAmounts()
  maximum?: MoneyDto[];

  override offShipping(price: number, currency: string): number {
    return this.maximum ? (amountIn(this.maximum, currency) ?? 0) : price;
  }
}
