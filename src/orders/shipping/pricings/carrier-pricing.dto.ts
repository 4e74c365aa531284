import { ApiProperty } from '@nestjs/swagger';
import { Equals, IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { SHIPPING_CARRIER_NAMES } from '../carriers/carrier-list.js';
import { questionKey } from '../carriers/carrier-question.js';
import { type Parcel, ShippingPricing } from './shipping-pricing.js';

/** What a carrier says. It is asked when the ways to ship a cart are read, and its answer holds for half an hour. */
export class CarrierPricing extends ShippingPricing {
  /** @example "carrier" */
  @Equals('carrier')
  readonly type: 'carrier';

  /**
   * Which one.
   * @example "fake"
   */
  @IsIn(SHIPPING_CARRIER_NAMES)
  @ApiProperty({ enum: SHIPPING_CARRIER_NAMES })
  readonly carrier: string;

  /**
   * Its word for the service.
   * @example "express"
   */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  readonly service: string;

  override quote({ currency, weightGrams, destination, rates }: Parcel): ReturnType<ShippingPricing['quote']> {
    const { carrier, service } = this;
    if (!destination) return { refusal: { code: 'address_unknown', message: 'It needs an address.' } };
    if (weightGrams === null)
      return { refusal: { code: 'weight_unknown', message: 'The weight of what is ordered is not known.' } };
    const question = { carrier, weightGrams, currency, destination };
    const answer = rates.get(questionKey(question));
    if (!answer) {
      const message = 'The carrier has not said what it takes for this; read the shipping options again.';
      return { refusal: { code: 'rate_unknown', message }, question };
    }
    const rate = answer.find((one) => one.service === service);
    if (!rate) return { refusal: { code: 'not_carried', message: 'The carrier does not take this there.' } };
    const reason = { code: 'carrier', message: `What the carrier takes for ${weightGrams} g.` };
    return { price: rate.amount, reason, carrier, ...(rate.reference !== null && { reference: rate.reference }) };
  }
}
