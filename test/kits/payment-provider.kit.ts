import { newId } from '../../src/common/ids.js';
import type { Money } from '../../src/common/money/money.js';
import {
  type PaymentProvider,
  type ProviderOutcome,
  ProviderUnreachableError,
} from '../../src/orders/payments/payment-provider.js';
import { type Fault, FAULTS } from './stand-in.js';

/** The company behind a provider, as far as a test has to see and do things there. */
export interface PaymentCompany {
  /** A means of payment that is taken, and one that is declined. */
  readonly tokens: { readonly good: string; readonly declined: string };
  /** Every amount that it has taken under a key of a charge. */
  charged(key: string): Money[] | Promise<Money[]>;
  /** Every amount that it has given back under a key of a refund. */
  refunded(key: string): Money[] | Promise<Money[]>;
  /** Lets something go wrong, until it is called with null. */
  fail(fault: Fault | null): void | Promise<void>;
}

export interface PaymentSandbox {
  readonly provider: PaymentProvider;
  /** None where staff book the money by hand. */
  readonly company?: PaymentCompany;
  stop?(): Promise<void>;
}

/** Amounts in minor units, of currencies with two decimals, none and three (ISO 4217). */
const AMOUNTS: readonly Money[] = [
  { amount: 1, currency: 'EUR' },
  { amount: 1999, currency: 'JPY' },
  { amount: 1_234_567_890, currency: 'KWD' },
];
const EUR: Money = { amount: 1999, currency: 'EUR' };
/** How long a test waits for an answer, and for one that it knows will not come. */
const PATIENCE_MS = 5_000;
const IMPATIENCE_MS = 200;
const AT_ONCE = 8;

/**
 * Holds a payment provider to the contract of `PaymentProvider`.
 *
 * @param make Called once, before the first test.
 * @param options Whether staff book the money by hand, and the faults that the sandbox can show; all of them by default.
 */
export function describePaymentProvider(
  name: string,
  make: () => PaymentSandbox | Promise<PaymentSandbox>,
  { isBookedByHand = false, faults = FAULTS }: { isBookedByHand?: boolean; faults?: readonly Fault[] } = {},
): void {
  describe(`${name}, as a payment provider`, () => {
    let sandbox: PaymentSandbox;
    let provider: PaymentProvider;
    beforeAll(async () => {
      sandbox = await make();
      provider = sandbox.provider;
    });
    afterAll(() => sandbox.stop?.());

    const patience = () => AbortSignal.timeout(PATIENCE_MS);
    const charge = (key: string, token = sandbox.company?.tokens.good, amount = EUR) =>
      provider.charge({ key, amount, token }, patience());
    const retrieve = (key: string) => provider.retrieve(key, patience());
    const abandon = (key: string) => provider.abandon(key, patience());
    const refund = (key: string, chargeReference: string | null, amount = EUR) =>
      provider.refund({ key, chargeReference, amount }, patience());
    const atOnce = <Answer>(ask: () => Promise<Answer>) => Promise.all(Array.from({ length: AT_ONCE }, ask));

    it('is offered with the settings of its sandbox, and says how long a charge may take', () => {
      expect(provider).toMatchObject({ isOffered: true, isBookedByHand });
      expect(Number.isSafeInteger(provider.settlesWithinSeconds)).toBe(true);
      expect(provider.settlesWithinSeconds).toBeGreaterThan(0);
    });

    it('has one answer for a key, also to eight questions at once and to later ones', async () => {
      const key = newId();
      const answers = await atOnce(() => charge(key));
      answers.push(await charge(key), (await retrieve(key))!, await abandon(key));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    });

    it('has one answer for the key of a refund, also to eight questions at once and to later ones', async () => {
      const { reference } = await charge(newId());
      const key = newId();
      const answers = await atOnce(() => refund(key, reference));
      answers.push(await refund(key, reference));
      for (const answer of answers) expect(answer).toEqual({ status: 'succeeded', reference: answers[0]!.reference });
    });

    if (isBookedByHand) describeByHand();
    else describeCompany();

    function describeByHand(): void {
      it('authorises whatever is asked for at once, and books every refund', async () => {
        for (const amount of AMOUNTS) {
          const outcome = await charge(newId(), undefined, amount);
          expect(outcome).toMatchObject({ status: 'authorised', failureCode: null });
          expect(await refund(newId(), outcome.reference, amount)).toMatchObject({ status: 'succeeded' });
        }
      });

      it('finishes what a process began that died: a booking that was begun is one', async () => {
        expect(await retrieve(newId())).toMatchObject({ status: 'authorised', failureCode: null });
      });
    }

    function describeCompany(): void {
      let company: PaymentCompany;
      beforeAll(() => {
        company = sandbox.company!;
      });
      afterEach(() => company.fail(null));

      it.each(AMOUNTS)('takes $amount minor units of $currency, all of them and once', async (amount) => {
        const key = newId();
        const outcome = await charge(key, company.tokens.good, amount);
        expect(outcome).toEqual({ status: 'captured', reference: expect.stringMatching(/./), failureCode: null });
        await atOnce(() => charge(key, company.tokens.good, amount));
        expect(await company.charged(key)).toEqual([amount]);
      });

      it('takes money for each key, and tells the charges apart', async () => {
        const keys = [newId(), newId()];
        const [one, other] = await Promise.all(keys.map((key) => charge(key)));
        expect(one!.reference).not.toBe(other!.reference);
        for (const key of keys) expect(await company.charged(key)).toEqual([EUR]);
      });

      it('answers a declined, an unknown and a missing means of payment with `failed` and a code, and takes nothing', async () => {
        for (const token of [company.tokens.declined, `unknown-${newId()}`, undefined]) {
          const key = newId();
          // Not by `charge`, which has a good token where there is none.
          const outcome = await provider.charge({ key, amount: EUR, token }, patience());
          expect(outcome).toMatchObject({ status: 'failed', failureCode: expect.stringMatching(/./) });
          expect(await retrieve(key)).toEqual(outcome);
          expect(await company.charged(key)).toEqual([]);
        }
      });

      it('has never heard of a key that nobody charged', async () => {
        expect(await retrieve(newId())).toBeNull();
      });

      it('never charges a key that was given up, and finds it failed', async () => {
        const key = newId();
        const outcome = await abandon(key);
        expect(outcome).toMatchObject({ status: 'failed', failureCode: expect.stringMatching(/./) });
        expect(await charge(key)).toMatchObject({ status: 'failed' });
        expect(await retrieve(key)).toMatchObject({ status: 'failed' });
        expect(await company.charged(key)).toEqual([]);
      });

      it('leaves a charge as it is that came before its key was given up', async () => {
        const key = newId();
        const outcome = await charge(key);
        expect(await abandon(key)).toEqual(outcome);
        expect(await company.charged(key)).toEqual([EUR]);
      });

      it('says the same of a key that is charged and given up at the same moment', async () => {
        for (const key of Array.from({ length: AT_ONCE }, newId)) {
          const outcomes = await Promise.all([charge(key), abandon(key), charge(key)]);
          for (const { status } of outcomes) expect(status).toBe(outcomes[0].status);
          expect(await company.charged(key)).toEqual(outcomes[0].status === 'captured' ? [EUR] : []);
        }
      });

      it.each(AMOUNTS.slice(1))('gives $amount minor units of $currency back, all of them and once', async (amount) => {
        const { reference } = await charge(newId(), company.tokens.good, amount);
        const key = newId();
        await atOnce(() => refund(key, reference, amount));
        expect(await company.refunded(key)).toEqual([amount]);
      });

      it('gives a charge back in parts, each under its key', async () => {
        const { reference } = await charge(newId());
        for (const amount of [999, 1000]) {
          const key = newId();
          expect(await refund(key, reference, { ...EUR, amount })).toMatchObject({ status: 'succeeded' });
          expect(await company.refunded(key)).toEqual([{ ...EUR, amount }]);
        }
      });

      it('answers the refund of a charge that took nothing, is unknown or has no id with `failed`', async () => {
        const declined = await charge(newId(), company.tokens.declined);
        for (const reference of [declined.reference, `unknown-${newId()}`, null]) {
          const key = newId();
          expect(await refund(key, reference)).toMatchObject({ status: 'failed' });
          expect(await company.refunded(key)).toEqual([]);
        }
      });

      describe.each(faults)('when the company is %s', (fault) => {
        const isActedUpon = fault === 'silent' || fault === 'garbled';
        const during = async (ask: (signal: AbortSignal) => Promise<unknown>): Promise<void> => {
          await company.fail(fault);
          const signal = AbortSignal.timeout(fault === 'silent' ? IMPATIENCE_MS : PATIENCE_MS);
          await expect(ask(signal)).rejects.toThrow(ProviderUnreachableError);
          await company.fail(null);
        };

        it('raises ProviderUnreachableError for a charge, which is found again and made once', async () => {
          const key = newId();
          await during((signal) => provider.charge({ key, amount: EUR, token: company.tokens.good }, signal));
          const found: ProviderOutcome | null = await retrieve(key);
          expect(found?.status).toBe(isActedUpon ? 'captured' : undefined);
          const outcome = await charge(key);
          expect(outcome).toEqual({
            status: 'captured',
            reference: found?.reference ?? outcome.reference,
            failureCode: null,
          });
          expect(await company.charged(key)).toEqual([EUR]);
        });

        it('raises ProviderUnreachableError for a look-up', async () => {
          const key = newId();
          const outcome = await charge(key);
          await during((signal) => provider.retrieve(key, signal));
          expect(await retrieve(key)).toEqual(outcome);
        });

        it('raises ProviderUnreachableError for a key given up, and nothing is charged once that has succeeded', async () => {
          const key = newId();
          await during((signal) => provider.abandon(key, signal));
          expect(await abandon(key)).toMatchObject({ status: 'failed' });
          expect(await charge(key)).toMatchObject({ status: 'failed' });
          expect(await company.charged(key)).toEqual([]);
        });

        it('raises ProviderUnreachableError for a refund, which is made once when asked again', async () => {
          const { reference } = await charge(newId());
          const key = newId();
          await during((signal) => provider.refund({ key, chargeReference: reference, amount: EUR }, signal));
          expect(await company.refunded(key)).toEqual(isActedUpon ? [EUR] : []);
          expect(await refund(key, reference)).toMatchObject({ status: 'succeeded' });
          expect(await company.refunded(key)).toEqual([EUR]);
        });
      });
    }
  });
}
