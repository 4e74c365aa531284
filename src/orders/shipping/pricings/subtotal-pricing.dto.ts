import { Equals } from 'class-validator';
import { IsTierList, TiersDto } from './price-lists.dto.js';
import { inCurrency, noPriceIn, type Parcel, ShippingPricing, tierOf } from './shipping-pricing.js';

/** A price by what the goods come to, discounts taken off. */
export class SubtotalPricing extends ShippingPricing {
  /** @example "by_price" */
  @Equals('by_price')
  readonly type: 'by_price';

  /**
   * Tiers by minor units of the goods, for each currency.
   * @example [{ "currency": "EUR", "tiers": [{ "upTo": 4999, "amount": 490 }, { "upTo": null, "amount": 290 }] }]
   */
  @IsTierList()
  readonly prices: TiersDto[];

  override quote({ currency, subtotal }: Parcel): ReturnType<ShippingPricing['quote']> {
    const list = inCurrency(this.prices, currency);
    if (!list) return noPriceIn(currency);
    const tier = tierOf(list.tiers, subtotal);
    if (!tier) return { refusal: { code: 'too_dear', message: 'The goods come to more than it takes.' } };
    const message = `The price for goods of ${subtotal} minor units.`;
    return { price: tier.amount, reason: { code: 'by_price', message } };
  }
}
