import { MailService } from '../../../src/mail/mail.service.js';
import { OrderPrivacyService } from '../../../src/orders/privacy/order-privacy.service.js';
import type { OperationResponseDto } from '../../../src/operations/dto/operation.dto.js';
import { ErasureService } from '../../../src/users/privacy/erasure.service.js';
import { ExportsService } from '../../../src/users/privacy/exports.service.js';
import { createCart } from '../../factories/cart.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser, TEST_PASSWORD, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

/** Every place of the database, in any schema, where one of the texts stands: text, JSON and arrays. */
async function placesOf(app: TestApp, ...texts: string[]): Promise<string[]> {
  const columns = await app.database.query<{ schema: string; table: string; column: string }>(
    `SELECT c.table_schema AS schema, c.table_name AS "table", c.column_name AS "column"
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
       AND c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY')`,
  );
  expect(columns.length).toBeGreaterThan(100);
  const places: string[] = [];
  for (const { schema, table, column } of columns) {
    const found = await app.database.manager.query<unknown[]>(
      `SELECT 1 FROM "${schema}"."${table}" WHERE lower("${column}"::text) LIKE ANY ($1) LIMIT 1`,
      [texts.map((text) => `%${text.toLowerCase()}%`)],
    );
    if (found.length > 0) places.push(`${schema}.${table}.${column}`);
  }
  return places;
}

describe('erasing a person', () => {
  let app: TestApp;
  let admin: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start({ ROLE: 'api', RATE_LIMIT_SCALE: '100' });
    admin = await createStaff(app);
  });
  afterAll(() => app.close());

  const erase = (id: string, { token } = admin) => app.post(`/users/${id}/erase`, undefined, { token });
  const sendMails = async (address: string): Promise<void> => {
    const rows = await app.database.query<{ id: string }>(
      `SELECT id FROM mails WHERE lower(recipient) = lower($1) AND sealed_data IS NOT NULL`,
      [address],
    );
    for (const { id } of rows) await app.app.get(MailService, { strict: false }).sendQueued(id);
  };
  const pay = (order: { id: string }, { token }: SignedInUser) =>
    app.post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' }, { key: true, token });
  const addressOf = (mark: string) => ({
    name: `Ada ${mark}`,
    line1: `12 ${mark} Street`,
    city: `${mark}ville`,
    region: 'CA',
    postalCode: '94105',
    countryCode: 'US',
    phone: `+44207${mark}`,
  });

  it('OP-10: leaves nothing of address and name in any column of any table, and the books as they were', async () => {
    const mark = unique();
    const email = `Erase.${mark}@example.com`;
    const owner = await createUser(app, { email, name: `Ada ${mark}`, emailVerifiedAt: new Date() });
    const { user, token } = owner;
    const address = addressOf(mark);
    await app.patch(
      '/users/me',
      { phone: '+442079460958', locale: 'en-GB', name: `Ada ${mark}` },
      { token, key: true },
    );
    await app.post('/users/me/addresses', { ...address, label: mark }, { token, key: true });
    await app.put('/users/me/consents/terms', { granted: true, version: '7' }, { token });
    await app.post('/auth/login', { email, password: `${mark} wrong` });
    await app.post('/auth/login', { email, password: TEST_PASSWORD });
    await app.post('/auth/password/forgot', { email });
    const group = (await app.post('/customer-groups', { code: `g-${mark}`, name: 'x' }, { token: admin.token })).json();
    await app.put(`/customer-groups/${group.id}/members/${user.id}`, undefined, { token: admin.token });
    const done = await createOrder(app, { token, shippingAddress: address, billingAddress: address });
    await pay(done, owner);
    const reason = `Ada ${mark} moves to ${mark} Street`;
    await app.post(`/orders/${done.id}/cancel`, { reason }, { token, key: true });
    const open = await createOrder(app, { token, shippingAddress: address, billingAddress: address });
    await pay(open, owner);
    const asGuest = await createOrder(app, { email: email.toUpperCase(), billingAddress: address });
    await app.post(`/orders/${asGuest.id}/cancel`, { reason }, guestOf(asGuest));
    const cart = await createCart(app, { token, email });
    await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: address, billingAddress: address }, { token });
    await createCart(app, { email: email.toUpperCase() });
    const exported = (await app.post('/users/me/export', undefined, { token })).json<OperationResponseDto>();
    await app.app.get(ExportsService, { strict: false }).run(exported.id);
    expect((await placesOf(app, mark)).length).toBeGreaterThan(10);
    const books = () =>
      app.database.query(
        `SELECT o.id, o.number, o.status, o.payment_status, o.total_amount, o.currency, o.version, o.placed_at, o.customer_id,
           o.billing_address ->> 'countryCode' AS country, o.billing_address ->> 'region' AS region,
           (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id) AS lines,
           (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM payments p WHERE p.order_id = o.id) AS payments
         FROM orders o WHERE o.id = ANY ($1) ORDER BY o.id`,
        [[done.id, open.id, asGuest.id]],
      );
    const before = await books();

    const answer = await erase(user.id);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: user.id,
      email: `erased-${user.id}@erased.invalid`,
      name: null,
      phone: null,
      locale: null,
      status: 'erased',
      roles: [],
      groups: [],
      emailVerifiedAt: null,
    });
    // The last mail still has to find its way.
    expect(await placesOf(app, email)).toEqual(['public.mails.recipient']);
    await sendMails(email);
    expect(await placesOf(app, email)).toEqual([]);
    expect(await books()).toEqual(before);

    // What is still to be delivered knows where to, and nothing else does.
    expect(await placesOf(app, mark.toLowerCase())).toEqual(
      expect.arrayContaining(['public.orders.shipping_address', 'public.customer_groups.code']),
    );
    await app.database.execute(`DELETE FROM customer_groups WHERE id = $1`, [group.id]);
    expect((await placesOf(app, `Ada ${mark}`, `${mark} Street`, `+44207${mark}`)).sort()).toEqual([
      'public.orders.shipping_address',
    ]);
    const privacy = app.app.get(OrderPrivacyService);
    expect(await privacy.eraseDelivered(1000)).toBe(0);
    await app.post(`/orders/${open.id}/cancel`, { reason }, { token: admin.token, key: true });
    expect(await privacy.eraseDelivered(1000)).toBe(1);
    expect(await placesOf(app, `Ada ${mark}`, `${mark} Street`, `+44207${mark}`, email)).toEqual([]);
    expect((await app.get(`/orders/${open.id}`, { token: admin.token })).json()).toMatchObject({
      number: open.number,
      email: `erased-${user.id}@erased.invalid`,
      shippingAddress: { name: '(erased)', line1: '(erased)', city: '(erased)', region: 'CA', countryCode: 'US' },
    });
    await expectInvariants(app);
  });

  it('OP-10: leaves no row behind that belongs to the account, but the books, the proof of consent, and the account itself', async () => {
    const owner = await createUser(app);
    await app.post('/users/me/addresses', addressOf(unique()), { token: owner.token });
    await app.put('/users/me/consents/terms', { granted: true, version: '7' }, { token: owner.token });
    await createOrder(app, { token: owner.token });
    await app.post('/users/me/export', undefined, { token: owner.token });
    await app.post('/auth/password/forgot', { email: owner.user.email });
    expect((await erase(owner.user.id)).statusCode).toBe(200);
    const references = await app.database.query<{ table: string; column: string }>(
      `SELECT c.conrelid::regclass::text AS "table", a.attname AS "column"
       FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
       WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass`,
    );
    expect(references.length).toBeGreaterThan(8);
    const left: string[] = [];
    for (const { table, column } of references) {
      const rows = await app.database.manager.query<unknown[]>(`SELECT 1 FROM ${table} WHERE ${column} = $1 LIMIT 1`, [
        owner.user.id,
      ]);
      if (rows.length > 0) left.push(table);
    }
    expect(left.sort()).toEqual(['consents', 'orders']);
    expect(await app.database.query(`SELECT address FROM consents WHERE user_id = $1`, [owner.user.id])).toEqual([
      { address: null },
    ]);
  });

  it('AC-7: ends every session at once; nobody signs in, is let in again, or takes the address that stands for them', async () => {
    const owner = await createUser(app);
    const { user, token, refreshToken } = owner;
    expect((await erase(user.id)).statusCode).toBe(200);
    expect((await app.get('/users/me', { token })).statusCode).toBe(401);
    expect((await app.post('/auth/refresh', { refreshToken })).statusCode).toBe(401);
    expect((await app.post('/auth/login', { email: user.email, password: TEST_PASSWORD })).statusCode).toBe(401);
    const standIn = `erased-${user.id}@erased.invalid`;
    expect(
      (await app.post('/auth/login', { email: standIn, password: TEST_PASSWORD })).statusCode,
    ).toBeGreaterThanOrEqual(400);
    const registered = await app.post('/auth/register', { email: standIn, password: 'seven quiet otters swim' });
    expect(registered.json()).toMatchObject({ status: 400, errors: [{ pointer: '/email' }] });
    expect((await app.post(`/users/${user.id}/enable`, undefined, { token: admin.token })).json().code).toBe(
      'user.erased',
    );
    expect((await app.patch(`/users/${user.id}`, { name: 'Ada' }, { token: admin.token })).json().code).toBe(
      'user.erased',
    );
    expect((await app.post(`/users/${user.id}/export`, undefined, { token: admin.token })).json().code).toBe(
      'user.erased',
    );
    await expect(app.database.execute(`UPDATE users SET status = 'active' WHERE id = $1`, [user.id])).rejects.toThrow(
      'users_erased_check',
    );
  });

  it('frees the address: it can be registered again, for a new account', async () => {
    const email = `again-${unique()}@example.com`;
    const { user } = await createUser(app, { email });
    await erase(user.id);
    const { user: next } = await createUser(app, { email });
    expect(next.id).not.toBe(user.id);
  });

  it('DELETE /users/me erases the caller, and takes a fresh sign-in', async () => {
    const owner = await createUser(app);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      owner.sessionId,
    ]);
    const stale = await app.delete('/users/me', { token: owner.token });
    expect(stale.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
    const fresh = await createUser(app);
    expect((await app.delete('/users/me', { token: fresh.token })).statusCode).toBe(204);
    expect((await app.delete('/users/me', { token: fresh.token })).statusCode).toBe(401);
    expect((await app.get(`/users/${fresh.user.id}`, { token: admin.token })).json().status).toBe('erased');
    expect((await app.delete('/users/me')).statusCode).toBe(401);
  });

  it('happens once, however many ask at the same moment: one event, one audit entry, one mail', async () => {
    const { user } = await createUser(app);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? erase(user.id) : app.delete(`/users/${user.id}`, { token: admin.token }),
      ),
    );
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 204]));
    const counts = await app.database.query(
      `SELECT (SELECT count(*)::int FROM outbox_events WHERE aggregate_id = $1 AND type = 'user.erased') AS events,
         (SELECT count(*)::int FROM audit_log WHERE target_id = $1::text AND action = 'user.erased') AS entries,
         (SELECT count(*)::int FROM mails WHERE recipient = $2 AND template = 'account-erased') AS mails`,
      [user.id, user.email],
    );
    expect(counts).toEqual([{ events: 1, entries: 1, mails: 1 }]);
    const [entry] = await app.database.query(
      `SELECT before, after, actor_id FROM audit_log WHERE target_id = $1::text AND action = 'user.erased'`,
      [user.id],
    );
    expect(entry).toEqual({ before: { status: 'active' }, after: { status: 'erased' }, actor_id: admin.user.id });
    expect((await app.delete(`/users/${user.id}`, { token: admin.token })).statusCode).toBe(204);
  });

  it('takes the address of an order out of the mail about it, also where it is not that of the account', async () => {
    const owner = await createUser(app);
    const email = `other-${unique()}@example.com`;
    const { id } = await createOrder(app, { token: owner.token, email });
    await app.database.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, sent_at) VALUES (gen_random_uuid(), $1, 'order-confirmation', $2, now())`,
      [`order.confirmed:${id}`, email],
    );
    await erase(owner.user.id);
    expect(await placesOf(app, email)).toEqual([]);
  });

  it('sweeps up what was being written about a person in the same moment', async () => {
    const mark = unique();
    const owner = await createUser(app, { email: `late-${mark}@example.com` });
    const order = await createOrder(app, { token: owner.token });
    await erase(owner.user.id);
    await app.database.execute(`UPDATE orders SET email = $2, billing_address = $3 WHERE id = $1`, [
      order.id,
      owner.user.email,
      addressOf(mark),
    ]);
    await app.database.execute(
      `INSERT INTO sessions (id, user_id, user_agent, created_at, last_used_at, expires_at)
       VALUES (gen_random_uuid(), $1, $2, now(), now(), now())`,
      [owner.user.id, mark],
    );
    await app.app.get(ErasureService, { strict: false }).sweep(1000);
    expect(await placesOf(app, `Ada ${mark}`, `${mark} Street`)).toEqual([]);
    expect(await app.database.query(`SELECT id FROM sessions WHERE user_id = $1`, [owner.user.id])).toEqual([]);
  });

  it('leaves nothing of what is added in the same moment: addresses, consents, exports, group memberships', async () => {
    const owner = await createUser(app);
    const { user, token } = owner;
    const group = (
      await app.post('/customer-groups', { code: `g-${unique()}`, name: 'x' }, { token: admin.token })
    ).json<{ id: string }>();
    const additions = Array.from({ length: 8 }, (_, index) => [
      () => app.post('/users/me/addresses', addressOf(String(index)), { token }),
      () => app.put('/users/me/consents/terms', { granted: true, version: String(index) }, { token }),
      () => app.post('/users/me/export', undefined, { token }),
      () => app.put(`/customer-groups/${group.id}/members/${user.id}`, undefined, { token: admin.token }),
    ]).flat();
    additions.splice(6, 0, () => erase(user.id));
    const answers = await Promise.all(additions.map((add) => add()));
    expect(answers.filter(({ statusCode }) => statusCode >= 500)).toEqual([]);
    const [left] = await app.database.query(
      `SELECT (SELECT count(*)::int FROM addresses WHERE user_id = $1) AS addresses,
         (SELECT count(*)::int FROM consents WHERE user_id = $1 AND address IS NOT NULL) AS consents,
         (SELECT count(*)::int FROM operations WHERE subject_id = $1) AS operations,
         (SELECT count(*)::int FROM customer_group_members WHERE user_id = $1) AS members`,
      [user.id],
    );
    expect(left).toEqual({ addresses: 0, consents: 0, operations: 0, members: 0 });
  });

  it('leaves the orders of guests alone whose address the user has not proven to be theirs', async () => {
    const email = `unproven-${unique()}@example.com`;
    const order = await createOrder(app, { email });
    const { user } = await createUser(app, { email });
    await erase(user.id);
    expect((await app.get(`/orders/${order.id}`, guestOf(order))).json().email).toBe(email);
  });

  it('ends an export that is under way, and nothing of it can be downloaded', async () => {
    const owner = await createUser(app);
    const { id } = (await app.post('/users/me/export', undefined, { token: owner.token })).json<OperationResponseDto>();
    await erase(owner.user.id);
    await app.app.get(ExportsService, { strict: false }).run(id);
    expect(await app.database.query(`SELECT id FROM operations WHERE id = $1`, [id])).toEqual([]);
  });

  it('is for staff with users:write, never of who holds more than they do, and never of the last administrator', async () => {
    const { user, token } = await createUser(app);
    const reader = await createStaff(app, ['users:read']);
    const writer = await createStaff(app, ['users:write']);
    for (const caller of [token, reader.token]) {
      expect((await app.post(`/users/${user.id}/erase`, undefined, { token: caller })).statusCode).toBe(403);
      expect((await app.delete(`/users/${user.id}`, { token: caller })).statusCode).toBe(403);
    }
    expect((await erase(admin.user.id, writer)).json().code).toBe('auth.scope_exceeded');
    expect((await erase('01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f')).json().code).toBe('user.not_found');
    expect((await erase(user.id, writer)).statusCode).toBe(200);
    await app.database.execute(
      `UPDATE users SET status = 'disabled' WHERE id <> $1 AND status = 'active'
         AND id IN (SELECT user_id FROM user_roles ur JOIN roles r ON r.name = ur.role_name WHERE '*' = ANY (r.scopes))`,
      [admin.user.id],
    );
    expect((await erase(admin.user.id)).json()).toMatchObject({ status: 409, code: 'user.last_admin' });
    expect((await app.delete('/users/me', { token: admin.token })).json().code).toBe('user.last_admin');
    expect((await app.get('/users/me', { token: admin.token })).json().status).toBe('active');
  });
});
