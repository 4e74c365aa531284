import { minorDigits } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';

/** Currencies whose amounts Stripe counts whole. */
const WHOLE: ReadonlySet<string> = new Set([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
]);
/** Counted in thousandths, of which the last digit must be 0. */
const THOUSANDTHS: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
/** Have no smaller unit any more, and are counted in hundredths nevertheless, of which the last two digits must be 0. */
const HUNDREDTHS_OF_WHOLE: ReadonlySet<string> = new Set(['ISK', 'UGX']);

/**
 * The number by which Stripe calls an amount, where its units are not those of ISO 4217. HUF and TWD differ in payouts alone.
 *
 * Source: docs.stripe.com/currencies (zero-decimal, three-decimal, special cases)
 *
 * @throws RangeError for an amount that cannot be told to Stripe, such as 1.234 KWD.
 */
export function toStripeAmount({ amount, currency }: Money): number {
  const told = amount * factorOf(currency);
  const step = THOUSANDTHS.has(currency) ? 10 : HUNDREDTHS_OF_WHOLE.has(currency) ? 100 : 1;
  if (!Number.isSafeInteger(told) || told % step !== 0)
    throw new RangeError(`Stripe knows no ${amount} minor units of ${currency}`);
  return told;
}

/** The minor units of a number of Stripe's. */
export function fromStripeAmount(amount: number, currency: string): number {
  return Math.round(amount / factorOf(currency));
}

function factorOf(currency: string): number {
  const digits = WHOLE.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2;
  return 10 ** (digits - minorDigits(currency));
}
