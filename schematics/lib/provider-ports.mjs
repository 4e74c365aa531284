import { carriers, taxes } from './cost-ports.mjs';
import { settingsOf } from './port-settings.mjs';
import { sinks } from './sink-port.mjs';

/**
 * The extension points that a generator writes implementations of. Each takes the spellings of a name and tells the class, the files, the
 * list that names the class, and the settings; `list` of the settings is where one is told that mail leaves by it.
 */
export const PORTS = { payments, mail, taxes, carriers, sinks };

function payments({ name, Name, Title, CONSTANT }) {
  const Class = `${Name}PaymentProvider`;
  const [KEY, URL] = [`${CONSTANT}_PAYMENTS_KEY`, `${CONSTANT}_PAYMENTS_URL`];
  return {
    Class,
    files: new Map([
      [`src/orders/payments/${name}.provider.ts`, paymentSource({ name, Name, Title, Class, KEY, URL })],
      [`test/integration/orders/${name}.provider.int-spec.ts`, paymentSpec({ name, Name, Title, Class, KEY, URL })],
    ]),
    list: { path: 'src/orders/payments/provider-list.ts', name: 'PAYMENT_PROVIDERS', from: `./${name}.provider.js` },
    settings: settingsOf({ Title, KEY, URL, name, what: 'takes payments' }),
  };
}

function mail({ name, Name, Title, CONSTANT }) {
  const Class = `${Name}Transport`;
  const [KEY, URL] = [`${CONSTANT}_MAIL_KEY`, `${CONSTANT}_MAIL_URL`];
  return {
    Class,
    files: new Map([
      [`src/mail/${name}-transport.ts`, mailSource({ name, Name, Title, Class, KEY, URL })],
      [`test/integration/mail/${name}-transport.int-spec.ts`, mailSpec({ name, Name, Title, Class, KEY, URL })],
    ]),
    list: { path: 'src/mail/transport-list.ts', name: 'MAIL_TRANSPORTS', from: `./${name}-transport.js` },
    settings: { ...settingsOf({ Title, KEY, URL, name, what: 'sends mail' }), list: 'MAIL_SETTINGS' },
  };
}

/** The method that talks to a company by HTTP; the same for every extension point but for what it raises. */
const paymentSource = ({ name, Name, Title, Class, KEY, URL }) => `
import { Injectable } from '@nestjs/common';
import { distrustOf } from '../../common/standard-webhooks.js';
import { Environment } from '../../config/environment.js';
import {
  type CaptureRequest,
  type ChargeRequest,
  ForgedWebhookError,
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

/** A charge, or what is done to one, as ${Title} answers it. */
interface ${Name}Answer {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly held?: number;
  readonly taken?: number;
}

/** An event of ${Title}: what it is about, as it stood then. */
interface ${Name}Event {
  readonly id: string;
  readonly at: string;
  readonly kind: 'charge' | OperationKind;
  readonly key: string;
  readonly data: ${Name}Answer;
}

const CHARGE_STATUSES: ReadonlyMap<string, ProviderOutcome['status']> = new Map([
  ['paid', 'captured'],
  ['partly_paid', 'partially_captured'],
  ['held', 'authorised'],
  ['released', 'voided'],
  ['pending', 'processing'],
  ['declined', 'failed'],
]);
const OPERATION_STATUSES: ReadonlyMap<string, OperationOutcome['status']> = new Map([
  ['done', 'succeeded'],
  ['pending', 'pending'],
  ['refused', 'failed'],
]);
const PATHS: Readonly<Record<OperationKind, string>> = { capture: '/captures/', void: '/voids/', refund: '/refunds/' };

/**
 * Payments through ${Title}, over HTTP with JSON.
 *
 * The paths, the members, the words of \`status\` and the signature of webhooks are placeholders, which only the stand-in of the test knows:
 * put those of ${Title}'s documentation in their place, here and there.
 */
@Injectable()
export class ${Class} extends PaymentProvider {
  override readonly isBookedByHand = false;
  override readonly settlesWithinSeconds = 3600;
  override readonly holdsForSeconds = 7 * 86_400;
  override readonly capturesInParts = true;
  override readonly webhooks: ProviderWebhooks = {
    verify: ({ body, headers, receivedAt }) => {
      const secret = Buffer.from(this.environment.${KEY} ?? '');
      const reason = distrustOf(secret, headers, body, receivedAt, WEBHOOK_TOLERANCE_SECONDS);
      if (reason !== null) throw new ForgedWebhookError(reason);
    },
    read: eventOf,
  };

  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.${KEY} !== undefined;
  }

  override async charge({ key, amount, token, capture = 'now' }: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    return outcomeOf(await this.call('PUT', \`/charges/\${key}\`, signal, { ...amount, token, capture }));
  }

  override async retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null> {
    const charge = await this.call('GET', \`/charges/\${key}\`, signal);
    return charge && outcomeOf(charge);
  }

  /** A key that is deleted before its charge has come answers as declined from then on. */
  override async abandon(key: string, signal: AbortSignal): Promise<ProviderOutcome> {
    return outcomeOf(await this.call('DELETE', \`/charges/\${key}\`, signal));
  }

  override capture({ amount, isFinal, ...request }: CaptureRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('capture', request, signal, { ...amount, isFinal });
  }

  override void(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('void', request, signal, {});
  }

  override refund({ amount, ...request }: RefundRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('refund', request, signal, amount);
  }

  override async retrieveOperation(
    kind: OperationKind,
    { key }: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null> {
    const operation = await this.call('GET', PATHS[kind] + key, signal);
    return operation && answerOf(operation);
  }

  private async operate(
    kind: OperationKind,
    { key, chargeReference }: OperationRequest,
    signal: AbortSignal,
    body: object,
  ): Promise<OperationOutcome> {
    return answerOf(await this.call('PUT', PATHS[kind] + key, signal, { ...body, charge: chargeReference }));
  }

  /** @returns null when ${Title} does not know what is asked for. */
  private async call(method: string, path: string, signal: AbortSignal, body?: object): Promise<${Name}Answer | null> {
    const { ${KEY}, ${URL} } = this.environment;
    try {
      const response = await fetch(${URL} + path, {
        method,
        headers: { authorization: \`Bearer \${${KEY}}\`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal,
      });
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(\`status \${response.status}\`);
      return (await response.json()) as ${Name}Answer;
    } catch (error) {
      throw new ProviderUnreachableError('${name}', String(error));
    }
  }
}

function outcomeOf(charge: ${Name}Answer | null): ProviderOutcome {
  const status = CHARGE_STATUSES.get(charge?.status ?? '');
  if (!charge || !status) throw senseless();
  const failureCode = status === 'failed' ? (charge.reason ?? 'declined') : null;
  return { status, reference: charge.id, failureCode, authorisedAmount: charge.held, capturedAmount: charge.taken };
}

function answerOf(operation: ${Name}Answer | null): OperationOutcome {
  const status = OPERATION_STATUSES.get(operation?.status ?? '');
  if (!operation || !status) throw senseless();
  const failureCode = status === 'failed' ? (operation.reason ?? 'refused') : null;
  return { status, reference: status === 'succeeded' ? operation.id : null, failureCode };
}

/** @throws ForgedWebhookError */
function eventOf(body: Buffer): ProviderEvent {
  try {
    const { id, at, kind, key, data } = JSON.parse(body.toString('utf8')) as ${Name}Event;
    const news = kind === 'charge' ? { kind, key, outcome: outcomeOf(data) } : { kind, key, outcome: answerOf(data) };
    return { id, occurredAt: new Date(at), news };
  } catch (error) {
    throw new ForgedWebhookError(String(error));
  }
}

function senseless(): ProviderUnreachableError {
  return new ProviderUnreachableError('${name}', 'an answer that makes no sense');
}
`;

const paymentSpec = ({ name, Name, Title, Class, KEY, URL }) => `
import { signWebhook } from '../../../src/common/standard-webhooks.js';
import { ${Class} } from '../../../src/orders/payments/${name}.provider.js';
import { ProviderUnreachableError } from '../../../src/orders/payments/payment-provider.js';
import { describePaymentProvider } from '../../kits/payment-provider.kit.js';
import { StandIn } from '../../kits/stand-in.js';
import { testEnvironment } from '../../support/test-environment.js';

const SECRET = 'secret-of-the-sandbox';

interface Entry {
  readonly id: string;
  status: string;
  reason?: string;
  readonly amount: number;
  readonly currency: string;
  held: number;
  taken: number;
  returned: number;
}

/** ${Title} in memory, as far as the provider talks to it. */
async function start${Name}() {
  const entries = new Map<string, Entry>();
  const server = await StandIn.start(({ method, path: [kind, key], headers, body }) => {
    if (headers.authorization !== \`Bearer \${SECRET}\`) return { status: 401 };
    const id = \`\${kind}/\${key}\`;
    // The first request with a key decides.
    if (!entries.has(id)) {
      if (method === 'GET') return { status: 404 };
      entries.set(id, kind === 'charges' ? charged(id, body ?? {}) : operated(kind!, id, body));
    }
    return { json: entries.get(id) };
  });

  /* eslint-disable @typescript-eslint/no-explicit-any -- what was sent as JSON */
  function charged(id: string, { amount = 0, currency = '', token, capture }: any): Entry {
    const isTaken = token === 'tok_good';
    const refusal = { status: 'declined', reason: token ? 'card_declined' : 'no_card' };
    const [held, taken] = isTaken ? [amount, capture === 'later' ? 0 : amount] : [0, 0];
    const state = isTaken ? { status: capture === 'later' ? 'held' : 'paid' } : refusal;
    return { id, amount, currency, held, taken, returned: 0, ...state };
  }

  function operated(kind: string, id: string, { amount = 0, currency = '', charge: reference, isFinal }: any): Entry {
    const charge = entries.get(reference);
    const open = charge && ['held', 'partly_paid'].includes(charge.status) ? charge.held - charge.taken : 0;
    const possible = !charge ? 0 : kind === 'refunds' ? charge.taken - charge.returned : open;
    const isDone = possible > 0 && amount <= possible;
    if (charge && isDone) {
      if (kind === 'refunds') charge.returned += amount;
      if (kind === 'captures') charge.taken += amount;
      if (kind === 'voids' || (kind === 'captures' && isFinal)) charge.held = charge.taken;
      if (kind !== 'refunds')
        charge.status = charge.taken === 0 ? 'released' : charge.taken === charge.held ? 'paid' : 'partly_paid';
    }
    return { id, amount, currency, held: 0, taken: 0, returned: 0, status: isDone ? 'done' : 'refused' };
  }
  /* eslint-enable @typescript-eslint/no-explicit-any */

  const books = (id: string, amountOf: (entry: Entry) => number) =>
    [entries.get(id)].flatMap((entry) =>
      entry && amountOf(entry) > 0 ? [{ amount: amountOf(entry), currency: entry.currency }] : [],
    );
  return { server, entries, books };
}

const providerAt = (origin: string, secret?: string) =>
  new ${Class}(testEnvironment({ ${URL}: origin, ${KEY}: secret }));

describePaymentProvider('${name}', async () => {
  const { server, entries, books } = await start${Name}();
  return {
    provider: providerAt(server.origin, SECRET),
    company: {
      tokens: { good: 'tok_good', declined: 'tok_declined' },
      charged: (key) => books(\`charges/\${key}\`, ({ taken }) => taken),
      refunded: (key) => books(\`refunds/\${key}\`, ({ status, amount }) => (status === 'done' ? amount : 0)),
      webhook: ({ kind, key }, sentAt) => {
        const data = entries.get(\`\${kind}s/\${key}\`);
        const id = crypto.randomUUID();
        const body = JSON.stringify({ id, at: new Date().toISOString(), kind, key, data });
        return { body: Buffer.from(body), headers: { ...signWebhook(Buffer.from(SECRET), id, sentAt, body) } };
      },
      fail: (fault) => {
        server.fault = fault;
      },
    },
    stop: () => server.stop(),
  };
});

describe('the settings of ${name}', () => {
  let server: StandIn;
  beforeAll(async () => {
    ({ server } = await start${Name}());
  });
  afterAll(() => server.stop());

  it('do not offer it without ${KEY}', () => {
    expect(providerAt(server.origin).isOffered).toBe(false);
  });

  it('leave every charge open with a secret that it does not take', async () => {
    const charge = providerAt(server.origin, 'another secret').charge(
      { key: 'a', amount: { amount: 1, currency: 'EUR' }, token: 'tok_good' },
      AbortSignal.timeout(5_000),
    );
    await expect(charge).rejects.toThrow(ProviderUnreachableError);
  });
});
`;

const mailSource = ({ name, Title, Class, KEY, URL }) => `
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { MailRefusedError, MailTransport, type OutgoingMail } from './mail-transport.js';

/**
 * Sends through ${Title}, over HTTP with JSON.
 *
 * The path and the members are placeholders, which only the stand-in of the test takes: put those of ${Title}'s documentation in their
 * place, here and there. Should it drop a repeat by a key, send it the Message-ID as that and call \`begins\` no more: no mail is uncertain then.
 */
@Injectable()
export class ${Class} extends MailTransport {
  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.${KEY} !== undefined;
  }

  override async deliver(mail: OutgoingMail, signal: AbortSignal, begins: () => Promise<void>): Promise<void> {
    await begins();
    const { ${KEY}, ${URL} } = this.environment;
    const response = await fetch(\`\${${URL}}/messages\`, {
      method: 'POST',
      headers: { authorization: \`Bearer \${${KEY}}\`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...mail, headers: { 'Auto-Submitted': 'auto-generated' } }),
      redirect: 'error',
      signal,
    });
    const answer = await response.text();
    if (response.ok) return;
    const said = \`${name}: status \${response.status} \${answer.slice(0, 200)}\`;
    // What else is wrong at the other side may have gone wrong after it took the mail.
    const isRefused = response.status === 503 || (response.status >= 400 && response.status < 500);
    throw isRefused ? new MailRefusedError(said) : new Error(said);
  }
}
`;

const mailSpec = ({ name, Name, Title, Class, KEY, URL }) => `
import { ${Class} } from '../../../src/mail/${name}-transport.js';
import { describeMailTransport, type TakenMail } from '../../kits/mail-transport.kit.js';
import { StandIn } from '../../kits/stand-in.js';
import { testEnvironment } from '../../support/test-environment.js';

const SECRET = 'secret-of-the-sandbox';

/** ${Title} in memory, as far as the transport talks to it. */
async function start${Name}() {
  const taken: TakenMail[] = [];
  const server = await StandIn.start(({ method, path, headers, body }) => {
    if (headers.authorization !== \`Bearer \${SECRET}\`) return { status: 401 };
    if (method !== 'POST' || path.join('/') !== 'messages') return { status: 404 };
    const { headers: fields, date, ...mail } = body;
    taken.push({ ...mail, date: new Date(date), isAutomatic: fields['Auto-Submitted'] === 'auto-generated' });
    return { status: 202 };
  });
  return { server, taken };
}

const transportTo = (origin: string, secret?: string) =>
  new ${Class}(testEnvironment({ ${URL}: origin, ${KEY}: secret }));

describeMailTransport('${name}', async () => {
  const { server, taken } = await start${Name}();
  return {
    transport: transportTo(server.origin, SECRET),
    taken: () => taken,
    fail: (fault) => {
      server.fault = fault;
    },
    stop: () => server.stop(),
  };
});

describe('the settings of ${name}', () => {
  it('do not offer it without ${KEY}', () => {
    expect(transportTo('http://localhost').isOffered).toBe(false);
  });

  it('let mail leave in production', () => {
    expect(testEnvironment({ ${KEY}: SECRET }).sendsMail).toBe(true);
  });
});
`;
