import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Bull from 'bull';
import { Redis } from 'ioredis';
import pg from 'pg';
import { HAProxy } from '../../support/haproxy.js';
import { freePort } from '../../support/free-port.js';
import { makeFolder, removeFolder, StorehouseProcess } from './storehouse-process.js';

const NAME = `instances_${process.pid}`;
const ADMIN = { email: 'admin@shop.test', password: 'eleven borrowed umbrellas' };
/** How long an instance may go on honouring what has ended on another one. */
const SECOND_MS = 1_000;
const SLOT_MS = 5_000;

jest.setTimeout(600_000);

interface Answer {
  readonly status: number;
  readonly servedBy: string | null;
  readonly body: { id: string; code?: string; [member: string]: unknown };
}

interface Sent {
  readonly token?: string;
  readonly key?: string;
  readonly body?: unknown;
  /** Where the client is, as the balancer would say; its limits are its own. */
  readonly address?: string;
}

describe('two instances of the API and two workers behind HAProxy', () => {
  let folders: string[];
  let admin: pg.Client;
  let database: pg.Client;
  let redis: Redis;
  let balancer: HAProxy | undefined;
  let settings: Record<string, string>;
  let ports: number[];
  let apis: StorehouseProcess[];
  let workers: StorehouseProcess[] = [];
  let runs: Bull.Queue;
  let staff: string;
  let variantId: string;
  const slotsRun: number[] = [];
  let addresses = 0;

  const startApi = async (index: number): Promise<StorehouseProcess> => {
    const api = StorehouseProcess.spawn(folders[index]!, { ...settings, ROLE: 'api', PORT: String(ports[index]) });
    await api.until(() =>
      fetch(`${urlOf(index)}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return api;
  };
  const urlOf = (index: number): string => `http://127.0.0.1:${ports[index]}`;
  const newAddress = (): string => `10.0.${++addresses >> 8}.${addresses & 255}`;

  /** Sends a request to the balancer, or to one instance. */
  const send = async (method: string, path: string, { token, key, body, address }: Sent = {}, base = balancer!.url) => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
        'x-forwarded-for': address ?? '192.0.2.1',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = (text.startsWith('{') ? JSON.parse(text) : { text }) as Answer['body'];
    return { status: response.status, servedBy: response.headers.get('x-served-by'), body: answer } as Answer;
  };
  const isServedBy = (name: string) =>
    send('GET', '/products').then(
      ({ servedBy }) => servedBy === name,
      () => false,
    );
  /** Sends again, as it is told, what a twin of is being worked on for more than two seconds. */
  const sendUntilDone: typeof send = async (...request) => {
    let answer = await send(...request);
    while (answer.body.code === 'request.in_progress') answer = (await delay(200), await send(...request));
    return answer;
  };
  const both = <T>(ask: (base: string) => Promise<T>): Promise<T[]> => Promise.all([ask(urlOf(0)), ask(urlOf(1))]);
  const serversOf = (answers: readonly Answer[]) => [...new Set(answers.map(({ servedBy }) => servedBy))].sort();
  const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);

  beforeAll(async () => {
    ports = [await freePort(), await freePort(), await freePort()];
    folders = await Promise.all([makeFolder(), makeFolder(), makeFolder(), makeFolder()]);
    balancer = await HAProxy.start(
      folders[0]!,
      ports[2]!,
      [
        { name: 'a', port: ports[0]! },
        { name: 'b', port: ports[1]! },
      ],
      'Two instances are',
    );
    if (!balancer) return;
    const url = new URL(process.env.TEST_DATABASE_URL!);
    const template = url.pathname.slice(1);
    admin = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${NAME} TEMPLATE ${template}`);
    settings = {
      DATABASE_URL: Object.assign(new URL(url), { pathname: `/${NAME}` }).href,
      REDIS_URL: Object.assign(new URL(process.env.REDIS_URL!), { pathname: '/14' }).href,
      REDIS_PREFIX: NAME,
      PUBLIC_URL: balancer.url,
      SECRETS_KEY: process.env.SECRETS_KEY!,
      JWT_PRIVATE_KEYS: process.env.JWT_PRIVATE_KEYS!,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      TRUST_PROXY: '127.0.0.1',
      SHUTDOWN_DELAY: '5',
      LOG_LEVEL: 'warn',
    };
    database = new pg.Client({ connectionString: settings.DATABASE_URL });
    redis = new Redis(settings.REDIS_URL!);
    await Promise.all([database.connect(), redis.flushdb()]);
    runs = new Bull('order-expiry', settings.REDIS_URL!, { prefix: NAME });
    runs.on('global:completed', (id: string) => slotsRun.push(Number(id.split(':')[1])));
    await runs.isReady();
    apis = [await startApi(0), await startApi(1)];
    workers = folders.slice(2).map((folder) => StorehouseProcess.spawn(folder, { ...settings, ROLE: 'worker' }));
    for (const name of ['a', 'b']) await apis[0]!.until(() => isServedBy(name));
    const signedIn = await send('POST', '/auth/login', { body: ADMIN });
    staff = signedIn.body.accessToken as string;
    const product = {
      name: 'Lamp',
      slug: 'lamp',
      variants: [{ sku: 'LAMP', prices: [{ amount: 1999, currency: 'EUR' }] }],
    };
    const made = await send('POST', '/products', { token: staff, body: product });
    expect(made).toMatchObject({ status: 201 });
    variantId = (made.body.variants as { id: string }[])[0]!.id;
    await send('POST', `/products/${made.body.id}/publish`, { token: staff, body: {} });
    const received = await send('POST', '/inventory/adjustments', {
      token: staff,
      key: randomUUID(),
      body: { variantId, delta: 500, reason: 'received' },
    });
    expect(received).toMatchObject({ status: 201 });
  });

  afterAll(async () => {
    if (balancer) {
      await Promise.all([...apis, ...workers].map((process) => process.end('SIGKILL')));
      await Promise.all([runs.close(), balancer.stop(), database.end(), redis.flushdb()]);
      await redis.quit();
      await admin.query(`DROP DATABASE ${NAME} WITH (FORCE)`);
      await admin.end();
    }
    await Promise.all(folders.map(removeFolder));
  });

  const order = (email = `${randomUUID()}@shop.test`) => ({ lines: [{ variantId, quantity: 1 }], email });
  const register = async () => {
    const credentials = { email: `${randomUUID()}@shop.test`, password: ADMIN.password };
    const { body } = await send('POST', '/auth/register', { body: credentials, address: newAddress() });
    return {
      ...credentials,
      id: (body.user as { id: string }).id,
      token: body.accessToken as string,
      refreshToken: body.refreshToken as string,
    };
  };

  it('share sessions: what one has begun goes on at the other, and what ends at one ends everywhere within a second', async () => {
    if (!balancer) return;
    const [leaver, banned] = [await register(), await register()];
    const key = await send('POST', '/api-keys', { token: staff, body: { name: 'till', scopes: ['orders:read'] } });
    const me = (token: string) => both((base) => send('GET', '/users/me', { token }, base));
    const refreshed = await send('POST', '/auth/refresh', { body: { refreshToken: leaver.refreshToken } }, urlOf(1));
    const { accessToken, refreshToken } = refreshed.body as unknown as { accessToken: string; refreshToken: string };
    const orders = () => both((base) => send('GET', '/orders', { token: key.body.key as string }, base));
    expect(statuses(await me(leaver.token))).toEqual([200, 200]);
    expect(statuses(await me(accessToken))).toEqual([200, 200]);
    expect(statuses(await me(banned.token))).toEqual([200, 200]);
    expect(statuses(await orders())).toEqual([200, 200]);

    const ended = [
      await send('POST', '/auth/logout', { token: accessToken }, urlOf(0)),
      await send('POST', `/users/${banned.id}/disable`, { token: staff, body: { reason: 'fraud' } }, urlOf(0)),
      await send('DELETE', `/api-keys/${key.body.id}`, { token: staff }, urlOf(0)),
    ];
    expect(statuses(ended).map((status) => status < 300)).toEqual([true, true, true]);
    await delay(SECOND_MS);
    expect(statuses(await me(leaver.token))).toEqual([401, 401]);
    expect(statuses(await me(accessToken))).toEqual([401, 401]);
    expect(statuses(await me(banned.token))).toEqual([401, 401]);
    expect(statuses(await orders())).toEqual([401, 401]);
    const refused = await both((base) => send('POST', '/auth/refresh', { body: { refreshToken } }, base));
    expect(statuses(refused)).toEqual([401, 401]);
  });

  it.each([
    [
      'sign in',
      10,
      16,
      (address: string) => ({
        path: '/auth/login',
        sent: { address, body: { ...ADMIN, password: 'not the right one' } },
      }),
    ],
    [
      'place orders',
      60,
      70,
      (address: string) => ({ path: '/orders', sent: { address, key: randomUUID(), body: order() } }),
    ],
    [
      'pay',
      30,
      40,
      (address: string) => ({
        path: `/orders/${randomUUID()}/payments`,
        sent: { address, key: randomUUID(), body: { provider: 'fake', token: 'tok_success' } },
      }),
    ],
  ])('share the limit on attempts to %s: %i in a minute, whoever is asked', async (_, limit, attempts, attempt) => {
    if (!balancer) return;
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: attempts }, () => attempt(address)).map(({ path, sent }) => send('POST', path, sent)),
    );
    expect(serversOf(answers)).toEqual(['a', 'b']);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(attempts - limit);
  });

  it('answer twins that arrive at both at once with one order', async () => {
    if (!balancer) return;
    for (let round = 0; round < 5; round++) {
      const [body, key, address] = [
        { ...order(), payment: { provider: 'fake', token: 'tok_success' } },
        randomUUID(),
        newAddress(),
      ];
      const answers = (
        await Promise.all(
          [1, 2, 3].map(() => both((base) => sendUntilDone('POST', '/orders', { key, body, address }, base))),
        )
      ).flat();
      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      const { rows } = await database.query(`SELECT id FROM orders WHERE email = $1`, [body.email]);
      expect(rows).toEqual([{ id: answers[0]!.body.id }]);
    }
  });

  /** What a browser's `EventSource` does, but for connecting again. */
  const listen = async (lastId?: string) => {
    const end = new AbortController();
    const response = await fetch(`${balancer!.url}/api/v1/events/stream?types=order.placed`, {
      signal: end.signal,
      headers: { authorization: `Bearer ${staff}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
    });
    const orders: { id: string; orderId: string }[] = [];
    const read = async (): Promise<void> => {
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) {
          const [, id, data] = /^id: (.*)\nevent: order\.placed\ndata: (.*)$/m.exec(block) ?? [];
          if (data) orders.push({ id: id!, orderId: (JSON.parse(data) as { aggregate: { id: string } }).aggregate.id });
        }
      }
    };
    const ended = read().catch(() => undefined);
    return { status: response.status, servedBy: response.headers.get('x-served-by'), orders, ended, end };
  };
  const placeAt = async (index: number): Promise<string> =>
    (await send('POST', '/orders', { key: randomUUID(), address: newAddress(), body: order() }, urlOf(index))).body.id;

  it('stream what is done at either, and go on at the other where a stream broke off with its instance', async () => {
    if (!balancer) return;
    const first = await listen();
    const [here, there] = first.servedBy === 'a' ? [0, 1] : [1, 0];
    const seen = await placeAt(there);
    await apis[there]!.until(() => first.orders.some(({ orderId }) => orderId === seen));
    await apis[here]!.end('SIGKILL');
    await first.ended;
    const missed = await placeAt(there);
    // Until the balancer has noticed, it may still ask the dead one.
    let second = await listen(first.orders.at(-1)!.id);
    while (second.status !== 200) second = (await delay(100), await listen(first.orders.at(-1)!.id));
    const next = await placeAt(there);
    await apis[there]!.until(() => second.orders.some(({ orderId }) => orderId === next));
    expect(second.orders.map(({ orderId }) => orderId)).toEqual([missed, next]);
    second.end.abort();
    apis[here] = await startApi(here);
  });

  it('are started anew one after the other without a shopper noticing', async () => {
    if (!balancer) return;
    const answers: Answer[] = [];
    let isOver = false;
    const shopper = async (): Promise<void> => {
      while (!isOver) {
        // Of the limits of one address it depends on the machine's speed whether they are reached.
        const address = newAddress();
        answers.push(await send('GET', '/products', { address }));
        answers.push(await send('POST', '/carts', { address, body: {} }));
        await delay(20);
      }
    };
    const shoppers = Array.from({ length: 4 }, () => shopper());
    for (const [index, name] of ['a', 'b'].entries()) {
      expect(await apis[index]!.end('SIGTERM')).toBe(0);
      apis[index] = await startApi(index);
      const since = answers.length;
      await apis[index].until(() => answers.slice(since).some(({ servedBy }) => servedBy === name));
    }
    isOver = true;
    await Promise.all(shoppers);
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    expect(serversOf(answers)).toEqual(['a', 'b']);
  });

  it('run no slot of a schedule twice between them, and leave none out but what found an earlier one waiting', async () => {
    if (!balancer) return;
    const before = slotsRun.length;
    for (const worker of workers) await worker.until(() => slotsRun.length >= before + 3);
    expect(slotsRun.filter((slot, index) => slotsRun.indexOf(slot) !== index)).toEqual([]);
    expect(slotsRun.filter((slot) => slot > Date.now() / SLOT_MS)).toEqual([]);
  });
});
