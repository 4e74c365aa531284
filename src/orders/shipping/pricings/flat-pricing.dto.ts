import { Equals } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { IsMoneyList } from './price-lists.dto.js';
import { inCurrency, noPriceIn, type Parcel, ShippingPricing } from './shipping-pricing.js';

/** One price, whatever is shipped. */
export class FlatPricing extends ShippingPricing {
  /** @example "flat" */
  @Equals('flat')
  readonly type: 'flat';

  /**
   * At most one price a currency; the method is offered in these currencies only.
   * @example [{ "amount": 490, "currency": "EUR" }]
   */
  @IsMoneyList()
  readonly prices: MoneyDto[];

  override quote({ currency }: Parcel): ReturnType<ShippingPricing['quote']> {
    const price = inCurrency(this.prices, currency);
    if (!price) return noPriceIn(currency);
    return { price: price.amount, reason: { code: 'flat', message: 'One price, whatever is shipped.' } };
  }
}
