import type { Implementations } from '../../common/extension-points.js';
import { GiftCardPaymentProvider, StoreCreditPaymentProvider } from '../gift-cards/credit.provider.js';
import { FakePaymentProvider } from './fake.provider.js';
import { ManualPaymentProvider } from './manual.provider.js';
import type { PaymentProvider } from './payment-provider.js';
import { StripePaymentProvider } from './stripe.provider.js';

/** The payment providers, by the names that requests, rows and answers have for them. One more is one more line. */
export const PAYMENT_PROVIDERS = {
  manual: ManualPaymentProvider,
  fake: FakePaymentProvider,
  stripe: StripePaymentProvider,
  gift_card: GiftCardPaymentProvider,
  store_credit: StoreCreditPaymentProvider,
} satisfies Implementations<PaymentProvider>;

export type PaymentProviderName = keyof typeof PAYMENT_PROVIDERS;
export const PAYMENT_PROVIDER_NAMES = Object.keys(PAYMENT_PROVIDERS) as PaymentProviderName[];
