import { createOrder } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { operations } from '../docs/openapi-document.js';

/** Members that never leave, whoever asks. */
const FORBIDDEN = /hash|sealed|secret|password(?!s?$)|costPrice|^(code|challenge)s?$|token$/i;
/** What only looks like one of them: codes of customer groups, and the links of the audit log's chain. */
const isHarmless = (path: string, name: string) =>
  name === 'code' || name === 'previousSecretEndsAt' || (name === 'hash' && path.startsWith('/audit-log'));
/** Values that give away a hash or a key wherever they stand. */
const GIVEAWAY = /\$argon2|-----BEGIN|"d":"|shk_[A-Za-z0-9]{20}|sh[rtncb]_[\w-]{43}/;

const READS = operations.filter(({ method }) => method === 'GET').map(({ path }) => path.replace(/^\/api\/v1/, ''));

function membersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...membersOf(inner)]);
}

describe('what is read', () => {
  let app: TestApp;
  let customer: SignedInUser;
  let stranger: SignedInUser;
  let admin: SignedInUser;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    app = await TestApp.start();
    [customer, stranger, admin] = [await createUser(app), await createUser(app), await createStaff(app)];
    const order = await createOrder(app, { token: customer.token });
    const made = async (path: string, body: unknown, token: string) =>
      (await app.post(path, body, { key: true, token })).json<{ id: string }>().id;
    ids.set('/orders/{id}', order.id);
    ids.set('/carts/{id}', await made('/carts', {}, customer.token));
    ids.set(
      '/payments/{id}',
      await made(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' }, customer.token),
    );
    ids.set('/api-keys/{id}', await made('/api-keys', { name: 'Robot', scopes: ['orders:read'] }, admin.token));
    ids.set(
      '/invites/{id}',
      await made('/invites', { email: `x-${order.id}@example.com`, roles: ['support'] }, admin.token),
    );
    ids.set('/operations/{id}', await made('/users/me/export', undefined, customer.token));
    ids.set('/users/{id}', customer.user.id);
    await app.post('/auth/mfa/totp', undefined, { token: customer.token });
    await app.post('/auth/password/forgot', { email: customer.user.email });
  });
  afterAll(() => app.close());

  it.each(READS)(
    'AC-5: GET %s shows no hash, secret or token, to nobody, to a customer and to an admin',
    async (path) => {
      const prefix = /^.*?\{[^}]+\}/.exec(path)?.[0] ?? '';
      const url = path.replace(/\{[^}]+\}/, ids.get(prefix) ?? 'nobody').replace(/\{[^}]+\}/, 'nobody');
      for (const token of [undefined, customer.token, stranger.token, admin.token]) {
        const response = await app.get(url.startsWith('/.well-known') || url.startsWith('/health') ? `/${url}` : url, {
          token,
        });
        expect(response.body).not.toMatch(GIVEAWAY);
        if (response.statusCode >= 300 || !String(response.headers['content-type']).includes('json')) continue;
        const shown = membersOf(response.json()).filter((name) => FORBIDDEN.test(name) && !isHarmless(path, name));
        expect(shown).toEqual([]);
      }
    },
  );

  it('AC-5: a customer sees nobody else’s address', async () => {
    for (const path of READS) {
      if (path.includes('{')) continue;
      const response = await app.get(
        path.startsWith('/.well-known') || path.startsWith('/health') ? `/${path}` : path,
        {
          token: stranger.token,
        },
      );
      expect({ path, shows: response.body.includes(customer.user.email) }).toEqual({ path, shows: false });
    }
  });

  it.each([
    'sort=passwordHash',
    'sort=-password_hash',
    'fields=passwordHash',
    'include=sessions',
    'expand=sessions',
    'filter[passwordHash]=a',
  ])('AC-5: GET /users?%s is 400', async (query) => {
    const response = await app.get(`/users?${query}`, { token: admin.token });
    expect(response.json()).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});
