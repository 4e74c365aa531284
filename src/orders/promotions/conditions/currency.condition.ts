import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, Matches } from 'class-validator';
import type { Reason } from '../../pricing/purchase.js';
import { PromotionCondition, type PromotionContext } from '../promotion-part.js';

/** The goods are bought in one of these currencies. */
export class CurrencyCondition extends PromotionCondition {
  /** @example "currency" */
  @IsIn(['currency'])
  readonly type: 'currency';

  /**
   * ISO 4217 codes.
   * @example ["EUR"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @Matches(/^[A-Z]{3}$/, { each: true, message: 'must be ISO 4217 codes in upper case' })
  currencies: string[];

  whyUnmet({ purchase: { currency } }: PromotionContext): Reason | null {
    return this.currencies.includes(currency)
      ? null
      : { code: 'currency', message: `It does not apply to what is bought in ${currency}.` };
  }
}
