import { IsIn } from 'class-validator';
import { portion } from '../../../common/money/money.js';
import { AreItems, IsPercent, ItemsDto, partsOf, WHOLE } from '../items.dto.js';
import { type LineDiscount, type PromotionContext, PromotionEffect } from '../promotion-part.js';

/** A percentage off what is left of each line, rounded half up on the line. */
export class PercentageEffect extends PromotionEffect {
  /** @example "percentage" */
  @IsIn(['percentage'])
  readonly type: 'percentage';

  /** A decimal, as text. */
  @IsPercent()
  percent: string;

  /** Off which goods; all without. */
  @AreItems()
  items?: ItemsDto;

  override offLines({ select }: PromotionContext): LineDiscount[] {
    return select(this.items).map((line) => [line, portion(line.left, partsOf(this.percent), WHOLE)]);
  }
}
