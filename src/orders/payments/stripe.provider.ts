import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Stripe } from 'stripe';
import { Environment } from '../../config/environment.js';
import {
  type CaptureRequest,
  type ChargeRequest,
  ForgedWebhookError,
  type KnownCharge,
  type NextAction,
  type OperationKind,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderEvent,
  type ProviderOutcome,
  ProviderUnreachableError,
  type ProviderWebhooks,
  type RefundRequest,
  WEBHOOK_TOLERANCE_SECONDS,
} from './payment-provider.js';
import { fromStripeAmount, toStripeAmount } from './stripe-amounts.js';

/** Names of our keys in the metadata of Stripe's objects, and of the reason for which we gave a PaymentIntent up. */
const CHARGE = 'storehouse_charge';
const CAPTURE = 'storehouse_capture';
const REFUND = 'storehouse_refund';
const FAILURE = 'storehouse_failure';

/** Longest wait for one answer; whoever asks gives up earlier by the signal. */
const TIMEOUT_MS = 20_000;
/** Pause before a request is sent again whose twin is still being worked on. */
const BUSY_PAUSE_MS = 100;
/** Stripe forgets the key of a request no sooner than 24 hours after it; until then asking the same again finds what it made. */
const KEY_LIFETIME_MS = 20 * 3_600_000;

type Intent = Stripe.PaymentIntent;
/** What Stripe raises when it understood and refused; nothing has been done then. */
type Refusal = Error & { readonly type: string; readonly code?: string; readonly decline_code?: string };

/**
 * Cards through Stripe, by PaymentIntents.
 *
 * A charge is made in two steps, each under a key of its own: a PaymentIntent is created, which moves no money, and then confirmed with the
 * means of payment. An answer that was lost is found by creating the same again, to which Stripe answers with the first one; Stripe's search
 * would find it by its metadata, but lags. A charge that has failed is cancelled, as its shopper could confirm it again otherwise.
 *
 * Sources: docs.stripe.com/api/idempotent_requests, docs.stripe.com/payments/paymentintents/lifecycle, docs.stripe.com/webhooks
 */
@Injectable()
export class StripePaymentProvider extends PaymentProvider {
  override readonly isBookedByHand = false;
  override readonly settlesWithinSeconds = 3600;
  /** Most cards hold an authorisation of an online shop for seven days; Stripe then cancels it. */
  override readonly holdsForSeconds = 7 * 86_400;
  /** Several captures of one authorisation are for chosen accounts only. */
  override readonly capturesInParts = false;
  override readonly webhooks: ProviderWebhooks = {
    verify: ({ body, headers, receivedAt }) => {
      const signature = headers['stripe-signature'] ?? '';
      const { STRIPE_WEBHOOK_SECRET = '' } = this.environment;
      try {
        this.stripe.webhooks.signature!.verifyHeader(
          body,
          signature,
          STRIPE_WEBHOOK_SECRET,
          WEBHOOK_TOLERANCE_SECONDS,
          undefined,
          receivedAt.getTime(),
        );
      } catch (error) {
        throw new ForgedWebhookError(String(error));
      }
      // The package only looks at how old it is.
      const sentAt = Number(/(?:^|.*,)t=(\d+)/.exec(signature)?.[1]);
      if (sentAt - receivedAt.getTime() / 1000 > WEBHOOK_TOLERANCE_SECONDS)
        throw new ForgedWebhookError('it is from the future');
    },
    read: eventOf,
  };
  private client: Stripe | undefined;

  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.STRIPE_SECRET_KEY !== undefined;
  }

  override async charge(request: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    const { key, amount, token, capture = 'now' } = request;
    try {
      const intent = await this.create(key, amount, capture, signal);
      if (token === undefined) return await this.giveUp(intent, 'payment_method_missing', signal);
      return await this.confirm(key, intent, token, signal);
    } catch (error) {
      return failedBy(error);
    }
  }

  override async retrieve(key: string, signal: AbortSignal, known: KnownCharge): Promise<ProviderOutcome | null> {
    try {
      const intent = await this.find(key, known, signal);
      if (!intent) return null;
      if (!isUnpaid(intent)) return outcomeOf(intent);
      // Nobody tried to pay it yet; or somebody did in vain, and it has not been cancelled.
      const failure = failureOf(intent);
      return failure === null ? null : await this.giveUp(intent, failure, signal);
    } catch (error) {
      return failedBy(error);
    }
  }

  /** What has not been created is created to be cancelled: a creation that is still on its way is then answered with what was cancelled. */
  override async abandon(key: string, signal: AbortSignal, known: KnownCharge): Promise<ProviderOutcome> {
    try {
      const intent =
        (await this.find(key, known, signal)) ?? (await this.create(key, known.amount, known.capture, signal));
      const isOpen = isUnpaid(intent) || intent.status === 'requires_action';
      return isOpen ? await this.giveUp(intent, failureOf(intent) ?? 'abandoned', signal) : outcomeOf(intent);
    } catch (error) {
      return failedBy(error);
    }
  }

  override capture({ key, chargeReference, amount }: CaptureRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return operate(chargeReference, async (id) => {
      const parameters = { amount_to_capture: toStripeAmount(amount), metadata: { [CAPTURE]: key } };
      const intent = await this.ask('payment_intent', signal, (stripe, options) =>
        stripe.paymentIntents.capture(id, parameters, { ...options, idempotencyKey: key }),
      );
      return { status: 'succeeded', reference: intent.id, failureCode: null };
    });
  }

  override void({ key, chargeReference }: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return operate(chargeReference, async (id) => {
      const intent = await this.ask('payment_intent', signal, (stripe, options) =>
        stripe.paymentIntents.cancel(
          id,
          { cancellation_reason: 'requested_by_customer' },
          { ...options, idempotencyKey: key },
        ),
      );
      return { status: 'succeeded', reference: intent.id, failureCode: null };
    });
  }

  override refund({ key, chargeReference, amount }: RefundRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return operate(chargeReference, async (id) => {
      const parameters = { payment_intent: id, amount: toStripeAmount(amount), metadata: { [REFUND]: key } };
      return answerOf(
        await this.ask('refund', signal, (stripe, options) =>
          stripe.refunds.create(parameters, { ...options, idempotencyKey: key }),
        ),
      );
    });
  }

  /** A capture and a refund are known by our key in their metadata, a void by its being the one way in which an authorised charge is cancelled. */
  override async retrieveOperation(
    kind: OperationKind,
    { key, chargeReference }: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null> {
    if (chargeReference === null) return null;
    try {
      if (kind === 'refund') return await this.findRefund(key, chargeReference, signal);
      const intent = await this.get(chargeReference, signal);
      const isDone = kind === 'capture' ? intent.metadata[CAPTURE] === key : outcomeOf(intent).status === 'voided';
      return isDone ? { status: 'succeeded', reference: intent.id, failureCode: null } : null;
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /** Loaded when first used: a shop without Stripe does not pay for it in memory. */
  private get stripe(): Stripe {
    if (!this.client) {
      const { STRIPE_SECRET_KEY, STRIPE_API_URL } = this.environment;
      const { protocol, hostname, port } = new URL(STRIPE_API_URL);
      const Client = createRequire(import.meta.url)('stripe') as typeof Stripe;
      this.client = new Client(STRIPE_SECRET_KEY!, {
        protocol: protocol === 'http:' ? 'http' : 'https',
        host: hostname,
        port: port === '' ? undefined : Number(port),
        timeout: TIMEOUT_MS,
        // Who asks again is the sweep.
        maxNetworkRetries: 0,
        telemetry: false,
        appInfo: { name: 'Storehouse' },
      });
    }
    return this.client;
  }

  /** Creates the PaymentIntent of a key, or finds the one that was created under it, as it was then. */
  private create(
    key: string,
    amount: KnownCharge['amount'],
    capture: KnownCharge['capture'],
    signal: AbortSignal,
  ): Promise<Intent> {
    const parameters: Stripe.PaymentIntentCreateParams = {
      amount: toStripeAmount(amount),
      currency: amount.currency.toLowerCase(),
      capture_method: capture === 'later' ? 'manual' : 'automatic',
      allowed_payment_method_types: ['card'],
      metadata: { [CHARGE]: key },
    };
    return this.ask('payment_intent', signal, (stripe, options) =>
      stripe.paymentIntents.create(parameters, { ...options, idempotencyKey: key }),
    );
  }

  private async confirm(key: string, { id }: Intent, token: string, signal: AbortSignal): Promise<ProviderOutcome> {
    try {
      return outcomeOf(
        await this.ask('payment_intent', signal, (stripe, options) =>
          stripe.paymentIntents.confirm(
            id,
            { payment_method: token },
            { ...options, idempotencyKey: `${key}-confirm` },
          ),
        ),
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const intent = await this.get(id, signal);
      return isUnpaid(intent) ? this.giveUp(intent, codeOf(error), signal) : outcomeOf(intent);
    }
  }

  /** Cancels what is not paid, and says why; paid meanwhile, it stays paid. */
  private async giveUp({ id }: Intent, failure: string, signal: AbortSignal): Promise<ProviderOutcome> {
    try {
      await this.ask('payment_intent', signal, (stripe, options) =>
        stripe.paymentIntents.update(id, { metadata: { [FAILURE]: failure } }, options),
      );
      return outcomeOf(
        await this.ask('payment_intent', signal, (stripe, options) =>
          stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' }, options),
        ),
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return outcomeOf(await this.get(id, signal));
    }
  }

  /** The PaymentIntent of a key as it is now; null when there is none. */
  private async find(key: string, known: KnownCharge, signal: AbortSignal): Promise<Intent | null> {
    if (known.reference !== null) return this.getKnown(known.reference, signal);
    if (Date.now() - known.askedAt.getTime() < KEY_LIFETIME_MS) {
      const { id } = await this.create(key, known.amount, known.capture, signal);
      return this.get(id, signal);
    }
    const query = `metadata['${CHARGE}']:'${key}'`;
    const found = await this.ask('search_result', signal, (stripe, options) =>
      stripe.paymentIntents.search({ query, limit: 1 }, options),
    );
    return found.data[0] ?? null;
  }

  /** A charge that Stripe has told us of and does not know now is one of another account: it may well have been paid. */
  private async getKnown(reference: string, signal: AbortSignal): Promise<Intent> {
    try {
      return await this.get(reference, signal);
    } catch (error) {
      throw isRefusal(error) ? new ProviderUnreachableError('stripe', error.message) : error;
    }
  }

  private get(id: string, signal: AbortSignal): Promise<Intent> {
    return this.ask('payment_intent', signal, (stripe, options) => stripe.paymentIntents.retrieve(id, {}, options));
  }

  private async findRefund(
    key: string,
    chargeReference: string,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null> {
    let after: string | undefined;
    for (;;) {
      const parameters = { payment_intent: chargeReference, limit: 100, starting_after: after };
      const page = await this.ask('list', signal, (stripe, options) => stripe.refunds.list(parameters, options));
      const refund = page.data.find(({ metadata }) => metadata?.[REFUND] === key);
      if (refund) return answerOf(refund);
      after = page.data.at(-1)?.id;
      if (!page.has_more || after === undefined) return null;
    }
  }

  /**
   * Asks Stripe, again and again while it is busy with a twin of the request.
   *
   * @param object What the answer must be.
   * @throws Refusal; ProviderUnreachableError when there is no usable answer.
   */
  private async ask<Answer extends { object: string }>(
    object: Answer['object'],
    signal: AbortSignal,
    send: (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
    });
    aborted.catch(() => undefined);
    for (;;) {
      try {
        signal.throwIfAborted();
        const answer = await Promise.race([send(this.stripe, { timeout: TIMEOUT_MS }), aborted]);
        if (answer.object !== object) throw new Error('an answer that makes no sense');
        return answer;
      } catch (error) {
        if (isRefusal(error)) throw error;
        if (!isBusy(error)) throw new ProviderUnreachableError('stripe', String(error));
        await delay(BUSY_PAUSE_MS);
      }
    }
  }
}

function isRefusal(error: unknown): error is Refusal {
  const { type } = error as Partial<Refusal>;
  return type === 'StripeCardError' || type === 'StripeInvalidRequestError';
}

/** Another request with this key, or about this object, is being worked on. */
function isBusy(error: unknown): boolean {
  const { code } = error as Partial<Refusal>;
  return code === 'idempotency_key_in_use' || code === 'lock_timeout';
}

function codeOf({ code, decline_code }: Refusal): string {
  return decline_code || code || 'refused';
}

/** A charge that Stripe refused, or that cannot be told to it. @throws whatever else went wrong. */
function failedBy(error: unknown): ProviderOutcome {
  if (error instanceof RangeError) return { status: 'failed', reference: null, failureCode: 'amount_not_supported' };
  if (!isRefusal(error)) throw error;
  return { status: 'failed', reference: null, failureCode: codeOf(error) };
}

async function operate(
  chargeReference: string | null,
  work: (chargeReference: string) => Promise<OperationOutcome>,
): Promise<OperationOutcome> {
  if (chargeReference === null) return { status: 'failed', reference: null, failureCode: 'charge_unknown' };
  try {
    return await work(chargeReference);
  } catch (error) {
    return failedBy(error) as OperationOutcome;
  }
}

/** No money has been asked for under it: it was only created, or what was tried has failed. */
function isUnpaid({ status }: Intent): boolean {
  return status === 'requires_payment_method' || status === 'requires_confirmation';
}

function failureOf({ metadata, last_payment_error }: Intent): string | null {
  return metadata[FAILURE] ?? last_payment_error?.decline_code ?? last_payment_error?.code ?? null;
}

function outcomeOf(intent: Intent): ProviderOutcome {
  const { id, currency, amount_received, amount_capturable } = intent;
  const money = (amount: number): number => fromStripeAmount(amount, currency.toUpperCase());
  const outcome = { reference: id, failureCode: null };
  switch (intent.status) {
    case 'succeeded':
      return {
        ...outcome,
        status: 'captured',
        authorisedAmount: money(amount_received),
        capturedAmount: money(amount_received),
      };
    case 'requires_capture':
      return {
        ...outcome,
        status: amount_received > 0 ? 'partially_captured' : 'authorised',
        authorisedAmount: money(amount_received + amount_capturable),
        capturedAmount: money(amount_received),
      };
    case 'requires_action':
      return { ...outcome, status: 'requires_action', nextAction: actionOf(intent) };
    case 'canceled':
      return { ...outcome, ...endOf(intent) };
    // What was tried has failed, but can be tried again until it is cancelled, which the look-up does.
    default:
      return { ...outcome, status: 'processing' };
  }
}

/** What a cancelled PaymentIntent had been: one that holds nothing has no charge. */
function endOf(intent: Intent): Pick<ProviderOutcome, 'status' | 'failureCode'> {
  const { cancellation_reason, latest_charge } = intent;
  if (cancellation_reason === 'automatic' || cancellation_reason === 'expired')
    return { status: 'expired', failureCode: null };
  const failure = failureOf(intent);
  if (failure !== null || latest_charge === null) return { status: 'failed', failureCode: failure ?? 'canceled' };
  return { status: 'voided', failureCode: null };
}

function actionOf({ next_action, client_secret }: Intent): NextAction | undefined {
  const url = next_action?.redirect_to_url?.url;
  if (url) return { type: 'redirect', url };
  return client_secret === null ? undefined : { type: 'client_secret', clientSecret: client_secret };
}

function answerOf({ id, status, failure_reason }: Stripe.Refund): OperationOutcome {
  if (status === 'succeeded') return { status, reference: id, failureCode: null };
  if (status === 'failed' || status === 'canceled')
    return { status: 'failed', reference: id, failureCode: failure_reason ?? status };
  return { status: 'pending', reference: id, failureCode: null };
}

/** Events may come late and in any order: each tells a state, and the payment takes none that it has passed. @throws ForgedWebhookError */
function eventOf(body: Buffer): ProviderEvent {
  let event: Stripe.Event;
  try {
    event = JSON.parse(body.toString('utf8')) as Stripe.Event;
  } catch {
    throw new ForgedWebhookError('the body is not JSON');
  }
  if (event?.object !== 'event' || typeof event.id !== 'string' || typeof event.created !== 'number')
    throw new ForgedWebhookError('the body is no event');
  return { id: event.id, occurredAt: new Date(event.created * 1000), news: newsOf(event) };
}

function newsOf({ data }: Stripe.Event): ProviderEvent['news'] {
  const object = (data?.object ?? {}) as Partial<Intent> | Partial<Stripe.Refund>;
  const charge = object.metadata?.[CHARGE];
  if (object.object === 'payment_intent' && charge !== undefined)
    return { kind: 'charge', key: charge, outcome: outcomeOf(object as Intent) };
  const refund = object.metadata?.[REFUND];
  if (object.object === 'refund' && refund !== undefined)
    return { kind: 'refund', key: refund, outcome: answerOf(object as Stripe.Refund) };
  return null;
}
