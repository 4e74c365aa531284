import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsNotBlank, MayBeAbsent } from '../../../common/validation/decorators.js';
import { PAYMENT_PROVIDER_NAMES, type PaymentProviderName } from '../provider-list.js';

/** How an order is paid. */
export class PayOrderDto {
  /**
   * `fake` is for development and tests only; `manual` is for staff, who vouch for the whole amount.
   * @example "fake"
   */
  @IsIn(PAYMENT_PROVIDER_NAMES)
  provider: PaymentProviderName;

  /**
   * The means of payment, as the provider's own form made it. The fake provider knows `tok_success`, `tok_decline` and `tok_timeout`.
   * @example "tok_success"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(255)
  @IsNotBlank()
  token?: string;
}
