import { IsInt, Max, Min } from 'class-validator';
import { satisfies } from '../validation/decorators.js';
import { isCurrency } from './currencies.js';

/** Refuses text that is not an ISO 4217 code of a currency that can be paid in, in upper case. */
export const IsCurrencyCode = (): PropertyDecorator =>
  satisfies('isCurrency', isCurrency, 'must be an ISO 4217 currency code in upper case, such as EUR');

/** An amount of money in a request: never negative. */
export class MoneyDto {
  /**
   * Minor units: 1999 is 19.99 EUR, or 1999 JPY.
   * @example 1999
   */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;

  /**
   * ISO 4217 code.
   * @example "EUR"
   */
  @IsCurrencyCode()
  currency: string;
}
