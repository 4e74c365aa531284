import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../kits/stand-in.js';
import { WebServer } from './web-server.js';

/** The version of the API that the installed package is made for; requests of another one are refused. */
const API_VERSION = '2026-10-28.endive';
/** How long a request is worked on: long enough for its twin to meet it. */
const WORK_MS = 3;

/** What the test cards of docs.stripe.com/testing do. */
const CARDS: Readonly<Record<string, 'good' | 'action' | { code: string; decline_code: string }>> = {
  pm_card_visa: 'good',
  pm_card_threeDSecure2Required: 'action',
  pm_card_visa_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_visa_chargeDeclinedInsufficientFunds: { code: 'card_declined', decline_code: 'insufficient_funds' },
};
const UNPAID = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
/** The parameters that each call may have, of those that the provider has a use for; any other one is refused as Stripe does. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  create: ['amount', 'currency', 'capture_method', 'allowed_payment_method_types', 'metadata'],
  update: ['metadata'],
  confirm: ['payment_method'],
  capture: ['amount_to_capture', 'metadata'],
  cancel: ['cancellation_reason'],
  refund: ['payment_intent', 'amount', 'metadata'],
};

export interface StripeIntent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly currency: string;
  readonly capture_method: string;
  readonly client_secret: string;
  readonly created: number;
  readonly metadata: Record<string, string>;
  status: string;
  amount_capturable: number;
  amount_received: number;
  cancellation_reason: string | null;
  latest_charge: string | null;
  last_payment_error: { type: string; code: string; decline_code?: string; message: string } | null;
  next_action: { type: string; use_stripe_sdk?: object; redirect_to_url?: { url: string; return_url: string } } | null;
}

export interface StripeRefund {
  readonly id: string;
  readonly object: 'refund';
  readonly amount: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly metadata: Record<string, string>;
  status: string;
  failure_reason?: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A form, whose parameters may be nested: `metadata[key]=value`, `list[0]=value`. */
interface Form {
  readonly [name: string]: string | undefined | Record<string, string>;
  readonly amount?: string;
  readonly amount_to_capture?: string;
  readonly cancellation_reason?: string;
  readonly capture_method?: string;
  readonly currency?: string;
  readonly payment_intent?: string;
  readonly payment_method?: string;
  readonly metadata?: Record<string, string>;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly error: { type: string; message: string; [member: string]: unknown },
  ) {
    super(error.message);
  }
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
const invalid = (message: string, code?: string, more: object = {}): Refusal =>
  new Refusal(400, { type: 'invalid_request_error', message, ...(code ? { code } : {}), ...more });

/**
 * Stripe's API on a loopback port, as far as cards need it: forms in, JSON out, idempotency keys, errors, versions, and signed webhooks.
 *
 * Sources: docs.stripe.com/api (errors, idempotent requests, versioning), docs.stripe.com/webhooks/signature
 */
export class StripeCompany {
  readonly secretKey = `sk_test_${randomBytes(16).toString('hex')}`;
  readonly webhookSecret = `whsec_${randomBytes(16).toString('hex')}`;
  readonly intents = new Map<string, StripeIntent>();
  readonly refunds = new Map<string, StripeRefund>();
  fault: Fault | null = null;
  /** Whether the fault strikes at the creation of a PaymentIntent, too, which moves no money. */
  strikesCreation = false;
  /** What becomes of the next refund. */
  refundStatus = 'succeeded';
  /** How often each call came, by method and path with ids left out. */
  readonly calls: string[] = [];
  private readonly keys = new Map<string, { request: string; answer: Answer | null }>();
  private readonly locked = new Set<string>();
  private server!: WebServer;

  static async start(): Promise<StripeCompany> {
    const company = new StripeCompany();
    company.server = await WebServer.start((request, response) => void company.serve(request, response));
    return company;
  }

  get origin(): string {
    return this.server.origin;
  }

  /** The settings of a shop that takes cards through it. */
  get settings() {
    return {
      STRIPE_SECRET_KEY: this.secretKey,
      STRIPE_WEBHOOK_SECRET: this.webhookSecret,
      STRIPE_API_URL: this.origin,
    };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** The PaymentIntents that carry this text in their metadata. */
  intentsOf(key: string): StripeIntent[] {
    return [...this.intents.values()].filter(({ metadata }) => Object.values(metadata).includes(key));
  }

  refundsOf(key: string): StripeRefund[] {
    return [...this.refunds.values()].filter(({ metadata }) => Object.values(metadata).includes(key));
  }

  /** Keys are kept for a day. */
  forgetKeys(): void {
    this.keys.clear();
  }

  /** The shopper confirms at their bank, or fails to. */
  authenticate(id: string, isSuccessful = true): StripeIntent {
    const intent = this.intents.get(id)!;
    if (intent.status !== 'requires_action') throw new Error(`${id} is ${intent.status}`);
    intent.next_action = null;
    if (isSuccessful) this.authorise(intent);
    else
      this.decline(intent, {
        code: 'payment_intent_authentication_failure',
        message: 'The provided PaymentMethod has failed authentication.',
      });
    return intent;
  }

  /** An event about an object as it is now. */
  event(type: string, object: object, id = newId('evt')): string {
    const created = Math.floor(Date.now() / 1000);
    const event = { id, object: 'event', api_version: API_VERSION, created, data: { object }, livemode: false, type };
    return JSON.stringify(event, null, 2);
  }

  sign(body: string, sentAt = new Date()): { 'stripe-signature': string } {
    const at = Math.floor(sentAt.getTime() / 1000);
    const sign = (secret: string) => createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    return { 'stripe-signature': `t=${at},v1=${sign(this.webhookSecret)},v0=${sign('an earlier scheme')}` };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url!, this.origin);
    const isCreation = request.method === 'POST' && url.pathname === '/v1/payment_intents';
    const fault = isCreation && !this.strikesCreation ? null : this.fault;
    if (this.fault === 'down') return void request.socket.destroy();
    const requestId = newId('req');
    const send = ({ status, body }: Answer, headers: Record<string, string> = {}): void => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'request-id': requestId,
        'stripe-version': API_VERSION,
        ...headers,
      });
      response.end(fault === 'garbled' ? '{"hello": "there"}' : body);
    };
    if (fault === 'failing' || this.fault === 'failing')
      return send({ status: 503, body: JSON.stringify({ error: { type: 'api_error', message: 'Come back later' } }) });
    const { answer, isReplayed } = await this.answerOnce(request, url, body);
    if (fault === 'silent') return;
    send(answer, isReplayed ? { 'idempotent-replayed': 'true' } : {});
  }

  /** The first request with an idempotency key is worked on, and its answer is that of all later ones. */
  private async answerOnce(
    request: IncomingMessage,
    url: URL,
    body: string,
  ): Promise<{ answer: Answer; isReplayed: boolean }> {
    const key = request.headers['idempotency-key'] as string | undefined;
    const name = `${request.method} ${url.pathname} ${body}`;
    const earlier = key === undefined ? undefined : this.keys.get(key);
    if (earlier && earlier.request !== name) {
      const message =
        'Keys for idempotent requests can only be used with the same parameters they were first used with.';
      return { answer: refused(400, { type: 'idempotency_error', message }), isReplayed: false };
    }
    if (earlier?.answer) return { answer: earlier.answer, isReplayed: true };
    if (earlier) {
      const message = 'There is currently another in-progress request using this Idempotency Key.';
      const error = { type: 'idempotency_error', code: 'idempotency_key_in_use', message };
      return { answer: refused(409, error), isReplayed: false };
    }
    if (key !== undefined) this.keys.set(key, { request: name, answer: null });
    let answer: Answer;
    try {
      answer = { status: 200, body: JSON.stringify(await this.work(request, url, formOf(body))) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = refused(error.status, error.error);
    }
    if (key !== undefined) {
      // What did not get as far as being worked on is not kept.
      if (answer.status === 429) this.keys.delete(key);
      else this.keys.set(key, { request: name, answer });
    }
    return { answer, isReplayed: false };
  }

  private async work(
    { method, headers }: IncomingMessage,
    { pathname, searchParams }: URL,
    form: Form,
  ): Promise<object> {
    const [, version, resource, id, action] = pathname.split('/');
    this.calls.push(`${method} ${[resource, id?.includes('_') ? ':id' : id, action].filter(Boolean).join('/')}`);
    if (headers.authorization !== `Bearer ${this.secretKey}`)
      throw new Refusal(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    if (headers['stripe-version'] !== API_VERSION) throw invalid('Invalid Stripe API version');
    if (method === 'POST' && headers['content-type'] !== 'application/x-www-form-urlencoded')
      throw invalid('Invalid request content type');
    if (version !== 'v1')
      throw new Refusal(404, { type: 'invalid_request_error', message: 'Unrecognized request URL' });
    if (resource === 'refunds') return method === 'POST' ? this.refund(form) : this.listRefunds(searchParams);
    if (resource !== 'payment_intents')
      throw new Refusal(404, { type: 'invalid_request_error', message: `Unrecognized request URL (${pathname})` });
    if (id === undefined) return this.create(form);
    if (id === 'search') return this.search(searchParams.get('query')!);
    const intent = this.find(id);
    if (method === 'GET') return { ...intent };
    return this.alone(id, () => this.change(intent, action, form));
  }

  /** One request at a time changes an object; others are told to come again. */
  private async alone<Result>(id: string, work: () => Result): Promise<Result> {
    if (this.locked.has(id)) {
      const message = 'This object cannot be accessed right now because another API request is accessing it.';
      throw new Refusal(429, { type: 'invalid_request_error', code: 'lock_timeout', message });
    }
    this.locked.add(id);
    try {
      await delay(WORK_MS);
      return work();
    } finally {
      this.locked.delete(id);
    }
  }

  private find(id: string): StripeIntent {
    const intent = this.intents.get(id);
    if (intent) return intent;
    throw new Refusal(404, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      param: 'intent',
      message: `No such payment_intent: '${id}'`,
    });
  }

  private async create(form: Form): Promise<StripeIntent> {
    check('create', form);
    await delay(WORK_MS);
    const { amount = '', currency = '', capture_method = '', metadata = {} } = form;
    if (!/^[1-9]\d*$/.test(amount)) throw invalid('Invalid integer', 'parameter_invalid_integer');
    if (!/^[a-z]{3}$/.test(currency)) throw invalid('Invalid currency');
    if (/^(bhd|jod|kwd|omr|tnd)$/.test(currency) && Number(amount) % 10 !== 0) throw invalid('Invalid amount');
    if (/^(isk|ugx)$/.test(currency) && Number(amount) % 100 !== 0)
      throw invalid('Invalid amount', 'invalid_charge_amount_no_decimal_compatible');
    const id = newId('pi');
    const intent: StripeIntent = {
      id,
      object: 'payment_intent',
      amount: Number(amount),
      amount_capturable: 0,
      amount_received: 0,
      cancellation_reason: null,
      capture_method,
      client_secret: `${id}_secret_${randomBytes(8).toString('hex')}`,
      created: Math.floor(Date.now() / 1000),
      currency,
      last_payment_error: null,
      latest_charge: null,
      metadata,
      next_action: null,
      status: 'requires_payment_method',
    };
    this.intents.set(id, intent);
    return { ...intent };
  }

  private change(intent: StripeIntent, action: string | undefined, form: Form): StripeIntent {
    if (action === undefined) {
      check('update', form);
      Object.assign(intent.metadata, form.metadata);
    } else if (action === 'confirm') this.confirm(intent, form);
    else if (action === 'capture') this.capture(intent, form);
    else if (action === 'cancel') this.cancel(intent, form);
    else throw invalid(`Unrecognized request URL (${action})`);
    return { ...intent, metadata: { ...intent.metadata } };
  }

  private confirm(intent: StripeIntent, form: Form): void {
    check('confirm', form);
    if (!UNPAID.includes(intent.status)) throw unexpected(intent, 'confirmed');
    const { payment_method: method = '' } = form;
    const card = Object.hasOwn(CARDS, method) ? CARDS[method] : undefined;
    if (card === undefined)
      throw invalid(`No such PaymentMethod: '${method}'`, 'resource_missing', { param: 'payment_method' });
    if (card === 'good') return this.authorise(intent);
    if (card === 'action') {
      intent.status = 'requires_action';
      intent.next_action = { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } };
      return;
    }
    this.decline(intent, { ...card, message: 'Your card was declined.' });
    throw new Refusal(402, {
      ...intent.last_payment_error!,
      charge: intent.latest_charge,
      payment_intent: { ...intent },
    });
  }

  private authorise(intent: StripeIntent): void {
    const isHeld = intent.capture_method === 'manual';
    intent.latest_charge = newId('ch');
    intent.last_payment_error = null;
    intent.status = isHeld ? 'requires_capture' : 'succeeded';
    if (isHeld) intent.amount_capturable = intent.amount;
    else intent.amount_received = intent.amount;
  }

  private decline(intent: StripeIntent, error: { code: string; decline_code?: string; message: string }): void {
    intent.status = 'requires_payment_method';
    intent.latest_charge = newId('ch');
    intent.last_payment_error = { type: 'card_error', ...error };
  }

  private capture(intent: StripeIntent, form: Form): void {
    check('capture', form);
    if (intent.status !== 'requires_capture') throw unexpected(intent, 'captured');
    const amount = Number(form.amount_to_capture ?? intent.amount_capturable);
    if (amount > intent.amount_capturable) throw invalid('The amount is greater than allowed.', 'amount_too_large');
    Object.assign(intent.metadata, form.metadata);
    intent.status = 'succeeded';
    intent.amount_received = amount;
    intent.amount_capturable = 0;
  }

  private cancel(intent: StripeIntent, form: Form): void {
    check('cancel', form);
    if (![...UNPAID, 'requires_capture'].includes(intent.status)) throw unexpected(intent, 'canceled');
    intent.status = 'canceled';
    intent.cancellation_reason = form.cancellation_reason ?? null;
    intent.amount_capturable = 0;
    intent.next_action = null;
    // Stripe does not promise to keep it.
    intent.last_payment_error = null;
  }

  private async refund(form: Form): Promise<StripeRefund> {
    check('refund', form);
    const intent = this.find(form.payment_intent ?? '');
    return this.alone(intent.id, () => {
      if (intent.amount_received === 0)
        throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
      const amount = Number(form.amount);
      const left = intent.amount_received - this.returned(intent.id);
      if (left === 0) throw invalid('The charge has already been refunded.', 'charge_already_refunded');
      if (amount > left) throw invalid('Refund amount is greater than unrefunded amount on charge');
      const refund: StripeRefund = {
        id: newId('re'),
        object: 'refund',
        amount,
        currency: intent.currency,
        metadata: form.metadata ?? {},
        payment_intent: intent.id,
        status: this.refundStatus,
      };
      this.refunds.set(refund.id, refund);
      return { ...refund };
    });
  }

  private returned(intentId: string): number {
    return [...this.refunds.values()]
      .filter(({ payment_intent, status }) => payment_intent === intentId && status !== 'failed')
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  /** Newest first, in pages that are small here so that a test sees more than one. */
  private listRefunds(search: URLSearchParams): object {
    const all = [...this.refunds.values()]
      .reverse()
      .filter((one) => one.payment_intent === search.get('payment_intent'));
    const from = all.findIndex(({ id }) => id === search.get('starting_after')) + 1;
    const data = all.slice(from, from + 2);
    return { object: 'list', url: '/v1/refunds', has_more: from + data.length < all.length, data };
  }

  private search(query: string): object {
    const [, name, value] = /^metadata\['(\w+)'\]:'([\w-]+)'$/.exec(query) ?? [];
    const data = [...this.intents.values()].filter(({ metadata }) => metadata[name!] === value);
    return { object: 'search_result', url: '/v1/payment_intents/search', has_more: false, data };
  }
}

function refused(status: number, error: object): Answer {
  return { status, body: JSON.stringify({ error }) };
}

function unexpected(intent: StripeIntent, wanted: string): Refusal {
  return invalid(
    `This PaymentIntent could not be ${wanted} because it has a status of ${intent.status}.`,
    'payment_intent_unexpected_state',
    { payment_intent: { ...intent } },
  );
}

function check(call: string, form: Form): void {
  const unknown = Object.keys(form).find((name) => !PARAMETERS[call]!.includes(name));
  if (unknown !== undefined)
    throw invalid(`Received unknown parameter: ${unknown}`, 'parameter_unknown', { param: unknown });
}

function formOf(body: string): Form {
  const form: Record<string, string | Record<string, string>> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    const [, outer = name, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
    if (inner === undefined) form[outer] = value;
    else form[outer] = { ...(form[outer] as Record<string, string> | undefined), [inner]: value };
  }
  return form;
}
