import { IsIn, IsInt, Max, Min } from 'class-validator';
import type { Reason } from '../../pricing/purchase.js';
import { AreItems, ItemsDto } from '../items.dto.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/** At least so many pieces are bought. */
export class MinimumQuantityCondition extends PromotionCondition {
  /** @example "minimum_quantity" */
  @IsIn(['minimum_quantity'])
  readonly type: 'minimum_quantity';

  /**
   * Pieces, all lines together.
   * @example 3
   */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity: number;

  /** Which goods count; all without. */
  @AreItems()
  items?: ItemsDto;

  whyUnmet({ select }: PromotionContext): Reason | null {
    const missing = this.quantity - select(this.items).reduce((sum, { line }) => sum + line.quantity, 0);
    if (missing <= 0) return null;
    const pieces = `${missing} more ${missing === 1 ? 'piece' : 'pieces'}`;
    return { code: 'minimum_quantity', message: `It needs ${pieces}${this.items ? ' of the goods it is for' : ''}.` };
  }
}
