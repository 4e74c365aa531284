import { IsIn } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { AreAmounts, AreItems, amountIn, ItemsDto } from '../items.dto.js';
import { type LineDiscount, type PromotionContext, PromotionEffect } from '../promotion-part.js';

/** An amount off each piece, as far as the line comes to that. */
export class FixedPerPieceEffect extends PromotionEffect {
  /** @example "fixed_per_piece" */
  @IsIn(['fixed_per_piece'])
  readonly type: 'fixed_per_piece';

  /** In each currency; in another one, nothing comes off. */
  @AreAmounts()
  amounts: MoneyDto[];

  /** Off which goods; all without. */
  @AreItems()
  items?: ItemsDto;

  override offLines({ purchase, select }: PromotionContext): LineDiscount[] {
    const amount = amountIn(this.amounts, purchase.currency) ?? 0;
    // Beyond the exact integers it is more than any line comes to, and is cut to that.
    return select(this.items).map((open) => [open, Math.min(open.left, amount * open.line.quantity)]);
  }
}
