import { IsIn } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import type { Reason } from '../../pricing/purchase.js';
import { AreAmounts, AreItems, amountIn, ItemsDto } from '../items.dto.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/** The goods come to at least so much, before any discount. */
export class MinimumSubtotalCondition extends PromotionCondition {
  /** @example "minimum_subtotal" */
  @IsIn(['minimum_subtotal'])
  readonly type: 'minimum_subtotal';

  /** In each currency; in another one, the promotion does not apply. */
  @AreAmounts()
  amounts: MoneyDto[];

  /** Which goods count; all without. */
  @AreItems()
  items?: ItemsDto;

  whyUnmet({ purchase, select }: PromotionContext): Reason | null {
    const minimum = amountIn(this.amounts, purchase.currency);
    if (minimum === null)
      return { code: 'currency', message: `It does not apply to what is bought in ${purchase.currency}.` };
    const missing = minimum - select(this.items).reduce((sum, { subtotal }) => sum + subtotal, 0);
    if (missing <= 0) return null;
    const goods = this.items ? 'The goods it is for' : 'The goods';
    return {
      code: 'minimum_subtotal',
      message: `${goods} are ${missing} minor units short of the least they must come to.`,
    };
  }
}
