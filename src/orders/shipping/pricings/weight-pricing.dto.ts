import { Equals } from 'class-validator';
import { IsTierList, TiersDto } from './price-lists.dto.js';
import { inCurrency, noPriceIn, type Parcel, ShippingPricing, tierOf } from './shipping-pricing.js';

/** A price by what all pieces weigh together. */
export class WeightPricing extends ShippingPricing {
  /** @example "by_weight" */
  @Equals('by_weight')
  readonly type: 'by_weight';

  /**
   * Tiers by weight in grams, for each currency.
   * @example [{ "currency": "EUR", "tiers": [{ "upTo": 2000, "amount": 490 }, { "upTo": 31500, "amount": 990 }] }]
   */
  @IsTierList()
  readonly prices: TiersDto[];

  override quote({ currency, weightGrams }: Parcel): ReturnType<ShippingPricing['quote']> {
    const list = inCurrency(this.prices, currency);
    if (!list) return noPriceIn(currency);
    if (weightGrams === null)
      return { refusal: { code: 'weight_unknown', message: 'The weight of what is ordered is not known.' } };
    const tier = tierOf(list.tiers, weightGrams);
    if (!tier) return { refusal: { code: 'too_heavy', message: `It takes less than the ${weightGrams} g of this.` } };
    return { price: tier.amount, reason: { code: 'by_weight', message: `The price for ${weightGrams} g.` } };
  }
}
