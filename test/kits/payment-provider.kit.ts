import { newId } from '../../src/common/ids.js';
import type { Money } from '../../src/common/money/money.js';
import {
  ForgedWebhookError,
  type ChargeRequest,
  type KnownCharge,
  type OperationKind,
  type OperationOutcome,
  type PaymentProvider,
  type ProviderOutcome,
  ProviderUnreachableError,
  type WebhookDelivery,
} from '../../src/orders/payments/payment-provider.js';
import { type Fault, FAULTS } from './stand-in.js';

/** The company behind a provider, as far as a test has to see and do things there. */
export interface PaymentCompany {
  /** A means of payment that is taken, and one that is declined. */
  readonly tokens: {
    readonly good: string;
    readonly declined: string;
    /** One that asks the shopper to do something first; left out where the company has none. */
    readonly action?: string;
  };
  /** Every amount that it has taken under a key of a charge; once captured in parts, their sum. */
  charged(key: string): Money[] | Promise<Money[]>;
  /** Every amount that it has given back under a key of a refund. */
  refunded(key: string): Money[] | Promise<Money[]>;
  /**
   * A webhook as the company would send it now about the charge of this key, or about an operation, signed at `sentAt`; left out where it sends none.
   */
  webhook?(
    about: { readonly kind: 'charge' | OperationKind; readonly key: string },
    sentAt: Date,
  ): Omit<WebhookDelivery, 'receivedAt'> | Promise<Omit<WebhookDelivery, 'receivedAt'>>;
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
const PATIENCE_MS = 60_000;
const IMPATIENCE_MS = 1_000;
const AT_ONCE = 8;
const LATE_MS = 6 * 60_000;

/** Minor units that an outcome says are held and captured, with what it leaves unsaid. */
const amountsOf = ({ status, authorisedAmount, capturedAmount }: ProviderOutcome, asked: number): number[] => {
  const isHeld = status === 'authorised' || status === 'partially_captured' || status === 'captured';
  const held = authorisedAmount ?? (isHeld ? asked : 0);
  return [held, capturedAmount ?? (status === 'captured' ? held : 0)];
};

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
    /** What has been asked for under each key: a look-up is told, as the books know it. */
    const asked = new Map<string, KnownCharge>();
    const known = (key: string): KnownCharge =>
      asked.get(key) ?? { amount: EUR, capture: 'now', reference: null, askedAt: new Date() };
    const ask = (request: ChargeRequest, signal = patience()) => {
      const { key, amount, capture = 'now' } = request;
      asked.set(key, { amount, capture, reference: null, askedAt: new Date() });
      return provider.charge(request, signal);
    };
    const charge = (key: string, token = sandbox.company?.tokens.good, amount = EUR) => ask({ key, amount, token });
    const authorise = (key: string, amount = EUR, token = sandbox.company?.tokens.good) =>
      ask({ key, amount, token, capture: 'later' });
    const capture = (
      key: string,
      chargeReference: string | null,
      amount: number,
      isFinal = false,
      { currency } = EUR,
    ) => provider.capture({ key, chargeReference, amount: { amount, currency }, isFinal }, patience());
    const voiding = (key: string, chargeReference: string | null) =>
      provider.void({ key, chargeReference }, patience());
    const lookUp = (kind: OperationKind, key: string, chargeReference: string | null) =>
      provider.retrieveOperation(kind, { key, chargeReference }, patience());
    const retrieve = (key: string) => provider.retrieve(key, patience(), known(key));
    const abandon = (key: string) => provider.abandon(key, patience(), known(key));
    const refund = (key: string, chargeReference: string | null, amount = EUR) =>
      provider.refund({ key, chargeReference, amount }, patience());
    const atOnce = <Answer>(ask: () => Promise<Answer>) => Promise.all(Array.from({ length: AT_ONCE }, ask));

    it('is offered with the settings of its sandbox, and says how long a charge may take', () => {
      expect(provider).toMatchObject({ isOffered: true, isBookedByHand });
      expect(Number.isSafeInteger(provider.settlesWithinSeconds)).toBe(true);
      expect(provider.settlesWithinSeconds).toBeGreaterThan(0);
      expect(provider.holdsForSeconds === null || provider.holdsForSeconds > 0).toBe(true);
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
      answers.push((await lookUp('refund', key, reference))!);
      for (const answer of answers) expect(answer).toEqual(done(answers[0]!));
    });

    it('has one answer for the key of a capture, also to eight questions at once and to later ones', async () => {
      const { reference } = await authorise(newId());
      const key = newId();
      const answers = await atOnce(() => capture(key, reference, 1999, true));
      answers.push(await capture(key, reference, 1999, true), (await lookUp('capture', key, reference))!);
      for (const answer of answers) expect(answer).toEqual(done(answers[0]!));
    });

    it('has one answer for the key of a void, also to eight questions at once and to later ones', async () => {
      const { reference } = await authorise(newId());
      const key = newId();
      const answers = await atOnce(() => voiding(key, reference));
      answers.push(await voiding(key, reference), (await lookUp('void', key, reference))!);
      for (const answer of answers) expect(answer).toEqual(done(answers[0]!));
    });

    function done({ reference }: OperationOutcome): OperationOutcome {
      return { status: 'succeeded', reference, failureCode: null };
    }

    if (isBookedByHand) describeByHand();
    else describeCompany();

    function describeByHand(): void {
      it('authorises whatever is asked for at once, and books every refund', async () => {
        for (const amount of AMOUNTS) {
          const outcome = await charge(newId(), undefined, amount);
          expect(outcome).toMatchObject({ status: 'authorised', failureCode: null });
          for (const part of [1, amount.amount])
            expect(await capture(newId(), outcome.reference, part)).toMatchObject({ status: 'succeeded' });
          expect(await voiding(newId(), outcome.reference)).toMatchObject({ status: 'succeeded' });
          expect(await refund(newId(), outcome.reference, amount)).toMatchObject({ status: 'succeeded' });
        }
      });

      it('finishes what a process began that died: a booking that was begun is one', async () => {
        expect(await retrieve(newId())).toMatchObject({ status: 'authorised', failureCode: null });
        for (const kind of ['capture', 'void', 'refund'] as const)
          expect(await lookUp(kind, newId(), newId())).toMatchObject({ status: 'succeeded' });
      });

      it('sends no webhooks', () => {
        expect(provider.webhooks).toBeNull();
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
        expect(outcome).toMatchObject({ status: 'captured', reference: expect.stringMatching(/./), failureCode: null });
        expect(amountsOf(outcome, amount.amount)).toEqual([amount.amount, amount.amount]);
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
          const outcome = await ask({ key, amount: EUR, token });
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

      it('never gives back more than it took, in any parts and at the same moment', async () => {
        const { reference } = await charge(newId());
        const keys = Array.from({ length: AT_ONCE }, newId);
        const outcomes = await Promise.all(keys.map((key) => refund(key, reference, { ...EUR, amount: 600 })));
        expect(outcomes.map(({ status }) => status).sort()).toEqual([
          ...Array<string>(AT_ONCE - 3).fill('failed'),
          ...Array<string>(3).fill('succeeded'),
        ]);
        const made = await Promise.all(keys.map(async (key) => company.refunded(key)));
        expect(made.flat()).toHaveLength(3);
        expect(await refund(newId(), reference, { ...EUR, amount: 200 })).toMatchObject({ status: 'failed' });
        expect(await refund(newId(), reference, { ...EUR, amount: 199 })).toMatchObject({ status: 'succeeded' });
      });

      it('has never heard of the key of an operation that nobody asked for', async () => {
        const { reference } = await authorise(newId());
        for (const kind of ['capture', 'void', 'refund'] as const)
          expect(await lookUp(kind, newId(), reference)).toBeNull();
      });

      it.each(AMOUNTS)(
        'holds $amount minor units of $currency, takes nothing of it, and captures all of it',
        async (amount) => {
          const key = newId();
          const held = await authorise(key, amount);
          expect(held).toMatchObject({
            status: 'authorised',
            reference: expect.stringMatching(/./),
            failureCode: null,
          });
          expect(amountsOf(held, amount.amount)).toEqual([amount.amount, 0]);
          expect(await company.charged(key)).toEqual([]);
          expect(await capture(newId(), held.reference, amount.amount, true, amount)).toMatchObject({
            status: 'succeeded',
          });
          const taken = await retrieve(key);
          expect(taken).toMatchObject({ status: 'captured', reference: held.reference });
          expect(amountsOf(taken!, amount.amount)).toEqual([amount.amount, amount.amount]);
          expect(await company.charged(key)).toEqual([amount]);
        },
      );

      it('answers a declined means of payment that is to be held with `failed` and a code', async () => {
        expect(await authorise(newId(), EUR, company.tokens.declined)).toMatchObject({
          status: 'failed',
          failureCode: expect.stringMatching(/./),
        });
      });

      it('captures a part, and gives the rest up with it', async () => {
        const key = newId();
        const { reference } = await authorise(key);
        expect(await capture(newId(), reference, 1200, true)).toMatchObject({ status: 'succeeded' });
        const taken = await retrieve(key);
        expect(taken).toMatchObject({ status: 'captured' });
        expect(amountsOf(taken!, 1999)).toEqual([1200, 1200]);
        expect(await capture(newId(), reference, 1)).toMatchObject({ status: 'failed' });
        expect(await company.charged(key)).toEqual([{ ...EUR, amount: 1200 }]);
        expect(await refund(newId(), reference, { ...EUR, amount: 1201 })).toMatchObject({ status: 'failed' });
        expect(await refund(newId(), reference, { ...EUR, amount: 1200 })).toMatchObject({ status: 'succeeded' });
      });

      it('captures in parts where it says so, and gives up what is left', async () => {
        if (!provider.capturesInParts) return;
        const key = newId();
        const { reference } = await authorise(key);
        for (const amount of [1000, 500])
          expect(await capture(newId(), reference, amount)).toMatchObject({ status: 'succeeded' });
        const part = await retrieve(key);
        expect(part).toMatchObject({ status: 'partially_captured' });
        expect(amountsOf(part!, 1999)).toEqual([1999, 1500]);
        expect(await voiding(newId(), reference)).toMatchObject({ status: 'succeeded' });
        const taken = await retrieve(key);
        expect(taken).toMatchObject({ status: 'captured' });
        expect(amountsOf(taken!, 1999)).toEqual([1500, 1500]);
      });

      it('never captures more than it holds, in any parts and at the same moment', async () => {
        const key = newId();
        const { reference } = await authorise(key);
        expect(await capture(newId(), reference, 2000)).toMatchObject({
          status: 'failed',
          failureCode: expect.any(String),
        });
        const asked = await atOnce(() => capture(newId(), reference, 600));
        expect(asked.filter(({ status }) => status === 'succeeded')).toHaveLength(provider.capturesInParts ? 3 : 1);
        expect(await company.charged(key)).toEqual([{ ...EUR, amount: provider.capturesInParts ? 1800 : 600 }]);
      });

      it('gives up what it holds, captures nothing of it any more, and gives nothing of it back', async () => {
        const key = newId();
        const { reference } = await authorise(key);
        expect(await voiding(newId(), reference)).toMatchObject({ status: 'succeeded' });
        expect(await retrieve(key)).toMatchObject({ status: 'voided' });
        expect(await capture(newId(), reference, 1)).toMatchObject({ status: 'failed' });
        expect(await refund(newId(), reference, { ...EUR, amount: 1 })).toMatchObject({ status: 'failed' });
        expect(await company.charged(key)).toEqual([]);
      });

      it('either captures or gives up what is asked for both at the same moment', async () => {
        for (const key of Array.from({ length: AT_ONCE }, newId)) {
          const { reference } = await authorise(key);
          const [taken, given] = await Promise.all([
            capture(newId(), reference, 1999, true),
            voiding(newId(), reference),
          ]);
          expect([taken.status, given.status].sort()).toEqual(['failed', 'succeeded']);
          expect(await company.charged(key)).toEqual(taken.status === 'succeeded' ? [EUR] : []);
        }
      });

      it('answers captures and voids of what is not held, is unknown or has no id with `failed`', async () => {
        const paid = await charge(newId());
        const declined = await charge(newId(), company.tokens.declined);
        for (const reference of [paid.reference, declined.reference, `unknown-${newId()}`, null]) {
          expect(await capture(newId(), reference, 1)).toMatchObject({
            status: 'failed',
            failureCode: expect.any(String),
          });
          expect(await voiding(newId(), reference)).toMatchObject({
            status: 'failed',
            failureCode: expect.any(String),
          });
        }
      });

      it('tells what the shopper has to do first, takes nothing until then, and gives the charge up when asked to', async () => {
        const { action } = company.tokens;
        if (action === undefined) return;
        const key = newId();
        const waiting = await charge(key, action);
        expect(waiting.status).toBe('requires_action');
        const { nextAction } = waiting;
        expect(nextAction?.type === 'redirect' ? nextAction.url : nextAction?.clientSecret).toMatch(/./);
        expect(await retrieve(key)).toEqual(waiting);
        const given = await abandon(key);
        expect(['failed', 'expired']).toContain(given.status);
        expect(await abandon(key)).toEqual(given);
        expect(await retrieve(key)).toEqual(given);
        expect(await company.charged(key)).toEqual([]);
      });

      it('sends webhooks, or says that it does not', () => {
        expect(provider.webhooks === null).toBe(company.webhook === undefined);
      });

      describe('a webhook', () => {
        const now = new Date();
        const seconds = (offset: number) => new Date(now.getTime() + offset);
        /** Of a charge, as it was sent. */
        const sent = async (sentAt = now) => {
          const key = newId();
          const outcome = await charge(key);
          const delivery = await company.webhook?.({ kind: 'charge', key }, sentAt);
          return delivery && { key, outcome, delivery };
        };
        const verify = (delivery: Omit<WebhookDelivery, 'receivedAt'>, receivedAt = now) =>
          provider.webhooks!.verify({ ...delivery, receivedAt });

        it('is believed, and tells of the charge what the look-up says', async () => {
          const webhook = await sent();
          if (!webhook) return;
          const { key, outcome, delivery } = webhook;
          verify(delivery);
          const event = provider.webhooks!.read(delivery.body);
          expect(event).toMatchObject({ id: expect.stringMatching(/./), news: { kind: 'charge', key } });
          expect(Math.abs(event.occurredAt.getTime() - Date.now())).toBeLessThan(LATE_MS);
          expect(event.news?.outcome).toMatchObject({ status: 'captured', reference: outcome.reference });
          // The same bytes are the same event.
          expect(provider.webhooks!.read(delivery.body)).toEqual(event);
        });

        it('tells of a refund', async () => {
          const { reference } = await charge(newId());
          const key = newId();
          const outcome = await refund(key, reference);
          const delivery = await company.webhook?.({ kind: 'refund', key }, now);
          if (!delivery) return;
          verify(delivery);
          expect(provider.webhooks!.read(delivery.body).news).toMatchObject({ kind: 'refund', key, outcome });
        });

        it('is not believed with a byte changed, with another signature, or with none (WH-10)', async () => {
          const { delivery } = (await sent()) ?? {};
          if (!delivery) return;
          const { body, headers } = delivery;
          for (const place of [0, Math.floor(body.length / 2), body.length - 1]) {
            const changed = Buffer.from(body);
            changed[place]! ^= 1;
            expect(() => verify({ headers, body: changed })).toThrow(ForgedWebhookError);
          }
          expect(() => verify({ headers, body: Buffer.concat([body, Buffer.from(' ')]) })).toThrow(ForgedWebhookError);
          expect(() => verify({ headers: {}, body })).toThrow(ForgedWebhookError);
          const other = (await sent(seconds(-1000)))!.delivery.headers;
          expect(() => verify({ headers: other, body })).toThrow(ForgedWebhookError);
        });

        it('is not believed when it was sent six minutes ago, or will be in six minutes (WH-10)', async () => {
          for (const offset of [-LATE_MS, LATE_MS]) {
            const { delivery } = (await sent(seconds(offset))) ?? {};
            if (!delivery) return;
            expect(() => verify(delivery)).toThrow(ForgedWebhookError);
            verify(delivery, seconds(offset));
          }
        });

        it('that is no event of the company is not read', async () => {
          if (!company.webhook) return;
          for (const body of ['', 'hello', '[]', '{}'])
            expect(() => provider.webhooks!.read(Buffer.from(body))).toThrow(ForgedWebhookError);
        });
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
          await during((signal) => ask({ key, amount: EUR, token: company.tokens.good }, signal));
          const found: ProviderOutcome | null = await retrieve(key);
          expect(found?.status).toBe(isActedUpon ? 'captured' : undefined);
          const outcome = await charge(key);
          expect(outcome).toMatchObject({
            status: 'captured',
            reference: found?.reference ?? outcome.reference,
            failureCode: null,
          });
          expect(await company.charged(key)).toEqual([EUR]);
        });

        it('raises ProviderUnreachableError for a look-up', async () => {
          const key = newId();
          const outcome = await charge(key);
          await during((signal) => provider.retrieve(key, signal, known(key)));
          expect(await retrieve(key)).toEqual(outcome);
        });

        it('raises ProviderUnreachableError for a key given up, and nothing is charged once that has succeeded', async () => {
          const key = newId();
          await during((signal) => provider.abandon(key, signal, known(key)));
          expect(await abandon(key)).toMatchObject({ status: 'failed' });
          expect(await charge(key)).toMatchObject({ status: 'failed' });
          expect(await company.charged(key)).toEqual([]);
        });

        it('raises ProviderUnreachableError for a refund, which is made once when asked again', async () => {
          const { reference } = await charge(newId());
          const key = newId();
          await during((signal) => provider.refund({ key, chargeReference: reference, amount: EUR }, signal));
          expect(await company.refunded(key)).toEqual(isActedUpon ? [EUR] : []);
          expect((await lookUp('refund', key, reference))?.status).toBe(isActedUpon ? 'succeeded' : undefined);
          expect(await refund(key, reference)).toMatchObject({ status: 'succeeded' });
          expect(await company.refunded(key)).toEqual([EUR]);
        });

        it('raises ProviderUnreachableError for a capture, which is found again and made once', async () => {
          const charge = newId();
          const { reference } = await authorise(charge);
          const key = newId();
          const request = { key, chargeReference: reference, amount: EUR, isFinal: true };
          await during((signal) => provider.capture(request, signal));
          expect((await lookUp('capture', key, reference))?.status).toBe(isActedUpon ? 'succeeded' : undefined);
          expect(await capture(key, reference, EUR.amount, true)).toMatchObject({ status: 'succeeded' });
          expect(await company.charged(charge)).toEqual([EUR]);
        });

        it('raises ProviderUnreachableError for a void, which is found again', async () => {
          const charge = newId();
          const { reference } = await authorise(charge);
          const key = newId();
          await during((signal) => provider.void({ key, chargeReference: reference }, signal));
          expect((await lookUp('void', key, reference))?.status).toBe(isActedUpon ? 'succeeded' : undefined);
          expect(await voiding(key, reference)).toMatchObject({ status: 'succeeded' });
          expect(await retrieve(charge)).toMatchObject({ status: 'voided' });
        });

        it('raises ProviderUnreachableError for the look-up of an operation', async () => {
          const { reference } = await charge(newId());
          const key = newId();
          const outcome = await refund(key, reference);
          await during((signal) => provider.retrieveOperation('refund', { key, chargeReference: reference }, signal));
          expect(await lookUp('refund', key, reference)).toEqual(outcome);
        });
      });
    }
  });
}
