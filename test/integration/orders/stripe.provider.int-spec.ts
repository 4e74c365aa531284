import { newId } from '../../../src/common/ids.js';
import type { KnownCharge } from '../../../src/orders/payments/payment-provider.js';
import { ProviderUnreachableError } from '../../../src/orders/payments/payment-provider.js';
import { StripePaymentProvider } from '../../../src/orders/payments/stripe.provider.js';
import { describePaymentProvider } from '../../kits/payment-provider.kit.js';
import { StripeCompany } from '../../support/fakes/stripe-company.js';
import { testEnvironment } from '../../support/test-environment.js';

const toMoney = ({ amount, currency }: { amount: number; currency: string }) => ({
  amount,
  currency: currency.toUpperCase(),
});

describePaymentProvider('stripe', async () => {
  const company = await StripeCompany.start();
  const provider = new StripePaymentProvider(testEnvironment(company.settings));
  return {
    provider,
    company: {
      tokens: {
        good: 'pm_card_visa',
        declined: 'pm_card_visa_chargeDeclined',
        action: 'pm_card_threeDSecure2Required',
      },
      charged: (key) =>
        company
          .intentsOf(key)
          .filter(({ amount_received }) => amount_received > 0)
          .map(({ amount_received, currency }) => toMoney({ amount: amount_received, currency })),
      refunded: (key) => company.refundsOf(key).map(toMoney),
      webhook: ({ kind, key }, sentAt) => {
        const body =
          kind === 'refund'
            ? company.event('refund.updated', company.refundsOf(key)[0]!)
            : company.event('payment_intent.succeeded', company.intentsOf(key)[0]!);
        return { body: Buffer.from(body), headers: company.sign(body, sentAt) };
      },
      fail: (fault) => {
        company.fault = fault;
      },
    },
    stop: () => company.stop(),
  };
});

describe('stripe', () => {
  let company: StripeCompany;
  let provider: StripePaymentProvider;
  beforeEach(async () => {
    company = await StripeCompany.start();
    provider = new StripePaymentProvider(testEnvironment(company.settings));
  });
  afterEach(() => company.stop());

  const EUR = { amount: 1999, currency: 'EUR' };
  const patience = (ms = 60_000) => AbortSignal.timeout(ms);
  const known = (facts: Partial<KnownCharge> = {}): KnownCharge => ({
    amount: EUR,
    capture: 'now',
    reference: null,
    askedAt: new Date(),
    ...facts,
  });
  const charge = (key: string, token: string | undefined = 'pm_card_visa', amount = EUR) =>
    provider.charge({ key, amount, token }, patience());
  const retrieve = (key: string, facts?: Partial<KnownCharge>) => provider.retrieve(key, patience(), known(facts));
  const newsOf = (type: string, object: object) =>
    provider.webhooks.read(Buffer.from(company.event(type, object))).news;

  it('is not offered without its settings', () => {
    expect(new StripePaymentProvider(testEnvironment()).isOffered).toBe(false);
  });

  it.each([
    ['pm_card_visa_chargeDeclined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_unknown', 'resource_missing'],
    [undefined, 'payment_method_missing'],
  ])('cancels what was declined, so that nobody can pay it any more, and keeps the reason: %s', async (token, code) => {
    const key = newId();
    const outcome = await provider.charge({ key, amount: EUR, token }, patience());
    expect(outcome).toMatchObject({ status: 'failed', failureCode: code });
    expect(company.intentsOf(key)).toMatchObject([{ status: 'canceled', cancellation_reason: 'abandoned' }]);
    expect(await provider.charge({ key, amount: EUR, token }, patience())).toEqual(outcome);
    expect(await retrieve(key)).toEqual(outcome);
  });

  it.each([
    [{ amount: 5, currency: 'ISK' }, 500],
    [{ amount: 5, currency: 'UGX' }, 500],
    [{ amount: 500, currency: 'MGA' }, 5],
    [{ amount: 5120, currency: 'KWD' }, 5120],
    [{ amount: 1045, currency: 'HUF' }, 1045],
    [{ amount: 1045, currency: 'TWD' }, 1045],
    [{ amount: 500, currency: 'JPY' }, 500],
  ])('tells Stripe %j as %i, and reads it back', async (amount, told) => {
    const key = newId();
    const outcome = await charge(key, 'pm_card_visa', amount);
    expect(outcome).toMatchObject({ status: 'captured', capturedAmount: amount.amount });
    expect(company.intentsOf(key)).toMatchObject([{ amount: told, currency: amount.currency.toLowerCase() }]);
    const refund = { key: newId(), chargeReference: outcome.reference, amount };
    expect(await provider.refund(refund, patience())).toMatchObject({ status: 'succeeded' });
    expect(company.refundsOf(refund.key)).toMatchObject([{ amount: told }]);
  });

  it.each([
    { amount: 5124, currency: 'KWD' },
    { amount: 501, currency: 'MGA' },
  ])('fails what it cannot tell Stripe, without asking: %j', async (amount) => {
    const key = newId();
    const failed = { status: 'failed', failureCode: 'amount_not_supported' };
    expect(await charge(key, 'pm_card_visa', amount)).toMatchObject(failed);
    expect(await retrieve(key, { amount })).toMatchObject(failed);
    const { reference } = await charge(newId());
    const operation = { key: newId(), chargeReference: reference, amount, isFinal: true };
    expect(await provider.refund(operation, patience())).toMatchObject(failed);
    expect(await provider.capture(operation, patience())).toMatchObject(failed);
    expect(company.intentsOf(key)).toEqual([]);
  });

  it('makes one PaymentIntent of a charge whose creation was not answered', async () => {
    company.strikesCreation = true;
    for (const fault of ['silent', 'garbled'] as const) {
      const key = newId();
      company.fault = fault;
      const asked = provider.charge({ key, amount: EUR, token: 'pm_card_visa' }, patience(200));
      await expect(asked).rejects.toThrow(ProviderUnreachableError);
      company.fault = null;
      expect(await retrieve(key)).toBeNull();
      expect(await charge(key)).toMatchObject({ status: 'captured' });
      expect(company.intentsOf(key)).toHaveLength(1);
    }
  });

  it('finds a charge by its id, or by its metadata once Stripe has forgotten the key, and makes no other', async () => {
    const key = newId();
    const outcome = await charge(key);
    company.forgetKeys();
    const yesterday = new Date(Date.now() - 26 * 3_600_000);
    expect(await retrieve(key, { reference: outcome.reference })).toEqual(outcome);
    expect(await retrieve(key, { askedAt: yesterday })).toEqual(outcome);
    expect(await retrieve(newId(), { askedAt: yesterday })).toBeNull();
    expect(company.intents.size).toBe(1);
  });

  it('does not call a charge failed that Stripe told of under another account', async () => {
    const facts = known({ reference: 'pi_ofanotheraccount' });
    await expect(provider.retrieve(newId(), patience(), facts)).rejects.toThrow(ProviderUnreachableError);
    await expect(provider.abandon(newId(), patience(), facts)).rejects.toThrow(ProviderUnreachableError);
  });

  it('finds a refund among many', async () => {
    const { reference } = await charge(newId());
    const keys = Array.from({ length: 5 }, newId);
    for (const key of keys)
      await provider.refund({ key, chargeReference: reference, amount: { ...EUR, amount: 100 } }, patience());
    for (const key of keys) {
      const found = await provider.retrieveOperation('refund', { key, chargeReference: reference }, patience());
      expect(found).toMatchObject({ status: 'succeeded', reference: company.refundsOf(key)[0]!.id });
    }
  });

  it.each([
    ['pending', 'pending', null],
    ['requires_action', 'pending', null],
    ['failed', 'failed', 'failed'],
    ['canceled', 'failed', 'canceled'],
  ])('reads a refund that is %s as %s', async (status, read, failureCode) => {
    const { reference } = await charge(newId());
    company.refundStatus = status;
    const request = { key: newId(), chargeReference: reference, amount: EUR };
    expect(await provider.refund(request, patience())).toMatchObject({ status: read, failureCode });
  });

  it('hands the secret of what needs an action to the script of Stripe, and a page where there is one', async () => {
    const key = newId();
    const outcome = await charge(key, 'pm_card_threeDSecure2Required');
    const [intent] = company.intentsOf(key);
    expect(outcome.nextAction).toEqual({ type: 'client_secret', clientSecret: intent!.client_secret });
    const url = 'https://hooks.stripe.com/redirect/authenticate/1';
    intent!.next_action = { type: 'redirect_to_url', redirect_to_url: { url, return_url: 'https://shop.example' } };
    expect((await retrieve(key))?.nextAction).toEqual({ type: 'redirect', url });
  });

  it('believes a charge failed once it is cancelled, which the look-up does after an action that failed', async () => {
    const key = newId();
    const { reference } = await charge(key, 'pm_card_threeDSecure2Required');
    const intent = company.authenticate(reference!, false);
    expect(newsOf('payment_intent.payment_failed', intent)).toMatchObject({ key, outcome: { status: 'processing' } });
    const failed = { status: 'failed', failureCode: 'payment_intent_authentication_failure' };
    expect(await retrieve(key, { reference })).toMatchObject(failed);
    expect(intent.status).toBe('canceled');
    expect(newsOf('payment_intent.canceled', intent)).toMatchObject({ key, outcome: failed });
  });

  it.each<[string, object, string | null]>([
    ['payment_intent.processing', { status: 'processing' }, 'processing'],
    ['payment_intent.amount_capturable_updated', { status: 'requires_capture', amount_capturable: 1999 }, 'authorised'],
    ['payment_intent.canceled', { status: 'canceled', cancellation_reason: 'automatic' }, 'expired'],
    ['payment_intent.canceled', { status: 'canceled', cancellation_reason: 'expired' }, 'expired'],
    [
      'payment_intent.canceled',
      { status: 'canceled', cancellation_reason: 'requested_by_customer', latest_charge: 'ch_1' },
      'voided',
    ],
    ['payment_intent.canceled', { status: 'canceled', cancellation_reason: 'duplicate' }, 'failed'],
    ['payment_intent.succeeded', { status: 'succeeded', metadata: {} }, null],
    ['charge.refunded', { object: 'charge' }, null],
    ['customer.created', { object: 'customer', metadata: undefined }, null],
  ])('reads %s of %j as %s', async (type, members, status) => {
    const key = newId();
    await charge(key, 'pm_card_threeDSecure2Required');
    const news = newsOf(type, { ...company.intentsOf(key)[0]!, ...members });
    expect(news && (news.outcome.status as string)).toBe(status);
  });

  it('raises ProviderUnreachableError for a key of another account', async () => {
    const stranger = new StripePaymentProvider(
      testEnvironment({ ...company.settings, STRIPE_SECRET_KEY: 'sk_test_strangersKey1' }),
    );
    await expect(stranger.charge({ key: newId(), amount: EUR }, patience())).rejects.toThrow(ProviderUnreachableError);
  });

  it('asks for other money under a key that has been used only to be refused', async () => {
    const key = newId();
    await charge(key);
    await expect(charge(key, 'pm_card_visa', { ...EUR, amount: 1 })).rejects.toThrow(ProviderUnreachableError);
    expect(company.intentsOf(key)).toMatchObject([{ amount_received: 1999 }]);
  });
});
