import { IsIn } from 'class-validator';
import type { Reason } from '../../pricing/purchase.js';
import { IsIds } from '../items.dto.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/** The customer is signed in and in one of these groups. */
export class CustomerGroupCondition extends PromotionCondition {
  static override readonly asksAboutBuyer = true;

  /** @example "customer_group" */
  @IsIn(['customer_group'])
  readonly type: 'customer_group';

  /** Any of these groups of customers. */
  @IsIds()
  groupIds: string[];

  whyUnmet({ groupIds }: PromotionContext): Reason | null {
    return this.groupIds.some((id) => groupIds.includes(id))
      ? null
      : { code: 'customer_group', message: 'It is for customers of certain groups.' };
  }
}
