import { Equals } from 'class-validator';
import { MoneyDto } from '../../../common/money/money.dto.js';
import { IsMoneyList } from './price-lists.dto.js';
import { inCurrency, noPriceIn, type Parcel, ShippingPricing } from './shipping-pricing.js';

/** Fetched at a location of the shop: no address is needed. */
export class PickupPricing extends ShippingPricing {
  /** @example "pickup" */
  @Equals('pickup')
  readonly type: 'pickup';

  /**
   * At most one price a currency, usually 0; the method is offered in these currencies only.
   * @example [{ "amount": 0, "currency": "EUR" }]
   */
  @IsMoneyList()
  readonly prices: MoneyDto[];

  override get isPickup(): boolean {
    return true;
  }

  override quote({ currency }: Parcel): ReturnType<ShippingPricing['quote']> {
    const price = inCurrency(this.prices, currency);
    if (!price) return noPriceIn(currency);
    return { price: price.amount, reason: { code: 'pickup', message: 'Fetched at the shop.' } };
  }
}
