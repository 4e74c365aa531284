import { randomBytes } from 'node:crypto';
import type { Response } from 'light-my-request';
import { newId } from '../../../src/common/ids.js';
import { createCart } from '../../factories/cart.factory.js';
import { createFulfilments } from '../../factories/fulfilment.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { type Operation, operations } from '../docs/openapi-document.js';
import { ACCESS_MATRIX } from './access-matrix.js';

const NEVER = '01970c1e-0000-7000-8000-00000000dead';
/** Of everybody: what anyone may read by its id, or what belongs to no customer. */
const NOBODYS =
  /^\/(products|categories|variants|locations|shipping-methods|auth\/oidc|payment-webhooks|users\/me\/consents)\b|^\/\.well-known|^\/health/;

/** The path of an operation up to its first parameter, and the id of something there that belongs to `owner`. */
type Makers = Record<string, (app: TestApp, owner: SignedInUser) => Promise<string>>;

async function createPayment(app: TestApp, { token }: SignedInUser): Promise<string> {
  const order = await createOrder(app, { token });
  const body = { provider: 'fake', token: 'tok_success' };
  const paid = await app.post(`/orders/${order.id}/payments`, body, { key: true, token });
  return paid.json<{ id: string }>().id;
}

const MAKERS: Makers = {
  '/carts/{id}': async (app, { token }) => (await createCart(app, { token })).id,
  '/orders/{id}': async (app, { token }) => (await createOrder(app, { token })).id,
  '/payments/{id}': createPayment,
  '/refunds/{id}': async (app, owner) => {
    const { token } = await createStaff(app, ['payments:refund']);
    const path = `/payments/${await createPayment(app, owner)}/refunds`;
    return (await app.post(path, {}, { key: true, token })).json<{ id: string }>().id;
  },
  '/returns/{id}': async (app, { token }) => {
    const id = newId();
    const order = await createOrder(app, { token });
    await app.database.execute(`INSERT INTO returns (id, order_id, status) VALUES ($1, $2, 'rejected')`, [
      id,
      order.id,
    ]);
    return id;
  },
  '/fulfilments/{id}': async (app, { token }) => {
    const payment = { provider: 'fake' as const, token: 'tok_success' };
    return (await createFulfilments(app, await createOrder(app, { token, payment })))[0]!.id;
  },
  '/auth/sessions/{id}': (_, { sessionId }) => Promise.resolve(sessionId),
  '/users/me/addresses/{id}': async (app, { token }) => {
    const body = { name: 'Ada', line1: '12 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };
    const made = await app.post('/users/me/addresses', body, { token });
    return made.json<{ id: string }>().id;
  },
  '/operations/{id}': async (app, { token }) =>
    (await app.post('/users/me/export', undefined, { token })).json<{ id: string }>().id,
  '/auth/passkeys/{id}': async (app, { user }) => {
    const id = newId();
    await app.database.execute(
      `INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, transports, is_backed_up)
       VALUES ($1, $2, 'Key', $3, $4, 0, '{}', false)`,
      [id, user.id, randomBytes(16), randomBytes(64)],
    );
    return id;
  },
  '/auth/identities/{id}': async (app, { user }) => {
    const id = newId();
    await app.database.execute(
      `INSERT INTO identities (id, user_id, provider, issuer, subject) VALUES ($1, $2, 'acme', 'https://id.example', $3)`,
      [id, user.id, id],
    );
    return id;
  },
};

const pathOf = ({ path }: Operation) => path.replace(/^\/api\/v1/, '');
/** Operations of customers that take the id of something. */
const personal = operations.filter((operation) => {
  const rule = ACCESS_MATRIX[`${operation.method} ${pathOf(operation)}`];
  return typeof rule === 'string' && pathOf(operation).includes('{') && !NOBODYS.test(pathOf(operation));
});
const makerOf = (operation: Operation) => {
  const prefix = /^.*?\{[^}]+\}/.exec(pathOf(operation))![0];
  return MAKERS[prefix];
};

/** The answer without what is of this one request. */
function comparable(response: Response, ...ids: string[]): unknown {
  const text = ids.reduce((body, id) => body.replaceAll(id, '{id}'), response.body);
  const body = text === '' ? null : { ...(JSON.parse(text) as object), requestId: '' };
  return { status: response.statusCode, body, headers: Object.keys(response.headers).sort() };
}

describe('what belongs to a customer', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('AC-1: every operation that takes an id of a customer’s is tried below', () => {
    const untried = personal.filter((operation) => !makerOf(operation)).map(({ title }) => title);
    expect(untried).toEqual([]);
    expect(personal.length).toBeGreaterThan(10);
  });

  it.each(personal.map((operation) => [`${operation.method} ${pathOf(operation)}`, operation] as const))(
    'AC-1: %s is 404 for anybody else, as if it had never been, and changes nothing',
    async (_, operation) => {
      const [owner, other] = [await createUser(app), await createUser(app)];
      const id = await makerOf(operation)!(app, owner);
      const media = Object.values(operation.operation.requestBody?.content ?? {})[0];
      const ask = (what: string, token: string | undefined) =>
        app.send(
          operation.method,
          pathOf(operation)
            .replace(/\{[^}]+\}/, what)
            .replace(/\{[^}]+\}/, NEVER),
          {
            token,
            body: media?.example,
            key: operation.method === 'POST' || operation.method === 'PATCH' ? true : undefined,
          },
        );
      const own = /^.*?\{[^}]+\}/.exec(pathOf(operation))![0].replace(/\{[^}]+\}/, id);
      const snapshot = async () => {
        const answer = await app.get(own, { token: owner.token });
        return answer.statusCode === 200 ? answer.json<unknown>() : answer.statusCode;
      };
      const [before, events] = [await snapshot(), await eventsOf(id)];
      const theirs = await ask(id, other.token);
      expect(theirs.statusCode).toBe(404);
      expect(comparable(theirs, id, NEVER)).toEqual(comparable(await ask(NEVER, other.token), NEVER));
      const anonymous = await ask(id, undefined);
      expect([401, 404]).toContain(anonymous.statusCode);
      expect(await snapshot()).toEqual(before);
      expect(await eventsOf(id)).toBe(events);
    },
  );

  const eventsOf = async (id: string): Promise<number> => {
    const [row] = await app.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM outbox_events WHERE aggregate_id = $1`,
      [id],
    );
    return row!.n;
  };

  it('AC-8: lists show a customer only their own, whatever they ask for, and take no cursor of anybody else’s', async () => {
    const [one, two] = [await createUser(app), await createUser(app)];
    await createOrder(app, { token: one.token });
    await createOrder(app, { token: one.token });
    const first = await app.get('/orders?limit=1', { token: one.token });
    const { nextCursor } = first.json<{ nextCursor: string }>();
    expect(nextCursor).toEqual(expect.any(String));
    expect((await app.get(`/orders?limit=1&cursor=${nextCursor}`, { token: two.token })).statusCode).toBe(400);
    expect((await app.get('/orders?count=exact', { token: two.token })).json()).toMatchObject({ data: [], total: 0 });
    expect((await app.get(`/orders?ids=${one.user.id}`, { token: two.token })).statusCode).toBe(400);
    const filtered = await app.get(`/orders?customer=${one.user.id}`, { token: two.token });
    expect(filtered.statusCode === 200 ? filtered.json<{ data: unknown[] }>().data : []).toEqual([]);
  });
});
