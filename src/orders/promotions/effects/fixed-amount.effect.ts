import { IsIn } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { AreAmounts, AreItems, amountIn, ItemsDto } from '../items.dto.js';
import { type LineDiscount, type PromotionContext, PromotionEffect, spread } from '../promotion-part.js';

/** An amount off all goods together, spread over the lines by what is left of them. */
export class FixedAmountEffect extends PromotionEffect {
  /** @example "fixed_amount" */
  @IsIn(['fixed_amount'])
  readonly type: 'fixed_amount';

  /** In each currency; in another one, nothing comes off. */
  @AreAmounts()
  amounts: MoneyDto[];

  /** Off which goods; all without. */
  @AreItems()
  items?: ItemsDto;

  override offLines({ purchase, select }: PromotionContext): LineDiscount[] {
    return spread(amountIn(this.amounts, purchase.currency) ?? 0, select(this.items));
  }
}
