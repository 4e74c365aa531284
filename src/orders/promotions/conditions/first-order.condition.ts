import { IsIn } from 'class-validator';
import type { Reason } from '../../pricing/purchase.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/**
 * The customer, or the e-mail address of a guest, has no order but cancelled and expired ones. Two orders at the same moment may both be the
 * first; a limit of one use per customer keeps them apart.
 */
export class FirstOrderCondition extends PromotionCondition {
  static override readonly asksAboutBuyer = true;

  /** @example "first_order" */
  @IsIn(['first_order'])
  readonly type: 'first_order';

  whyUnmet({ isFirstOrder }: PromotionContext): Reason | null {
    return isFirstOrder ? null : { code: 'first_order', message: 'It is for the first order of a customer.' };
  }
}
