import { Type } from 'class-transformer';
import { IsIn, IsObject, ValidateNested } from 'class-validator';
import type { Reason } from '../../pricing/purchase.js';
import { ItemsDto } from '../items.dto.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/** At least one of these goods is bought. */
export class ItemsCondition extends PromotionCondition {
  /** @example "items" */
  @IsIn(['items'])
  readonly type: 'items';

  /** Any of these. */
  @IsObject()
  @ValidateNested()
  @Type(() => ItemsDto)
  items: ItemsDto;

  whyUnmet({ select }: PromotionContext): Reason | null {
    return select(this.items).length > 0
      ? null
      : { code: 'items', message: 'None of the goods it is for are among what is bought.' };
  }
}
