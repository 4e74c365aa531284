import { strFromU8, unzipSync } from 'fflate';
import type { OperationResponseDto } from '../../../src/operations/dto/operation.dto.js';
import { OperationsService } from '../../../src/operations/operations.service.js';
import { PersonalData } from '../../../src/users/personal-data.js';
import { ExportsService } from '../../../src/users/privacy/exports.service.js';
import { createCart } from '../../factories/cart.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import {
  createStaff,
  createUser,
  signIn,
  type SignedInUser,
  TEST_PASSWORD,
  unique,
} from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const LONDON = {
  name: 'Ada Lovelace',
  line1: '12 Main Street',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  countryCode: 'GB',
};

describe('POST /users/me/export', () => {
  let app: TestApp;
  let failingUser: string | null = null;
  beforeAll(async () => {
    app = await TestApp.start({ ROLE: 'api', RATE_LIMIT_SCALE: '100' });
    app.app.get(PersonalData).add({
      section: 'failing-test',
      export: (userId) => (userId === failingUser ? Promise.reject(new Error('not today')) : Promise.resolve(null)),
      erase: () => Promise.resolve(),
    });
  });
  afterAll(() => app.close());

  const ask = ({ token }: SignedInUser) => app.post('/users/me/export', undefined, { token });
  const run = (id: string) => app.app.get(ExportsService, { strict: false }).run(id);
  const read = async ({ token }: SignedInUser, id: string) =>
    (await app.get(`/operations/${id}`, { token })).json<OperationResponseDto>();
  const download = ({ token }: SignedInUser, id: string, headers: Record<string, string> = {}) =>
    app.get(`/operations/${id}/file`, { token, headers });
  const membersOf = (bytes: Buffer): Record<string, string> =>
    Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]));

  it('answers 202 with the operation at its Location, and its file once the job has run', async () => {
    const owner = await createUser(app, { name: 'Ada Lovelace' });
    await app.post('/users/me/addresses', { ...LONDON, label: 'Home' }, { token: owner.token });
    await app.put('/users/me/consents/terms', { granted: true, version: '7' }, { token: owner.token });
    const order = await createOrder(app, { token: owner.token, shippingAddress: LONDON });
    await app.post(
      `/orders/${order.id}/payments`,
      { provider: 'fake', token: 'tok_success' },
      { key: true, token: owner.token },
    );
    const cart = await createCart(app, { token: owner.token, email: owner.user.email });
    const asked = await ask(owner);
    expect(asked.statusCode).toBe(202);
    const operation = asked.json<OperationResponseDto>();
    expect(operation).toMatchObject({
      kind: 'user_export',
      status: 'queued',
      progress: { done: 0, total: null, failed: 0 },
      result: null,
      error: null,
      file: null,
      subjectId: owner.user.id,
    });
    expect(asked.headers.location).toBe(`/api/v1/operations/${operation.id}`);
    expect((await download(owner, operation.id)).json().code).toBe('operation.file_not_found');

    await run(operation.id);
    const done = await read(owner, operation.id);
    expect(done).toMatchObject({
      status: 'succeeded',
      file: { name: 'storehouse-export.zip', mediaType: 'application/zip' },
    });
    expect(done.progress.done).toBe(done.progress.total);
    const [expiresAt, endedAt] = [new Date(done.file!.expiresAt), new Date(done.endedAt!)];
    expect(expiresAt.getTime() - endedAt.getTime()).toBeGreaterThan(6.9 * 86_400_000);

    const file = await download(owner, operation.id);
    expect(file.statusCode).toBe(200);
    expect(file.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="storehouse-export.zip"',
      'cache-control': 'private, no-store',
      'content-length': String(done.file!.sizeBytes),
      'x-content-type-options': 'nosniff',
    });
    expect(file.rawPayload).toHaveLength(done.file!.sizeBytes);
    const members = membersOf(file.rawPayload);
    for (const name of ['profile', 'addresses', 'consents', 'sessions', 'orders', 'carts']) {
      expect(members['README.txt']).toContain(`${name}.json`);
      expect(Object.keys(members)).toContain(`${name}.json`);
    }
    expect(JSON.parse(members['profile.json']!)).toMatchObject({
      id: owner.user.id,
      email: owner.user.email,
      name: 'Ada Lovelace',
    });
    expect(JSON.parse(members['addresses.json']!)).toEqual([
      expect.objectContaining({ label: 'Home', postalCode: 'SW1Y 4JH' }),
    ]);
    expect(JSON.parse(members['consents.json']!)).toEqual([
      expect.objectContaining({ purpose: 'terms', address: '127.0.0.1' }),
    ]);
    expect(JSON.parse(members['sessions.json']!)).toEqual([
      expect.objectContaining({ userAgent: 'test', address: '127.0.0.1' }),
    ]);
    expect(JSON.parse(members['carts.json']!)).toEqual([
      expect.objectContaining({
        id: cart.id,
        status: 'active',
        email: owner.user.email,
        lines: [{ sku: cart.lines[0]!.sku, name: cart.lines[0]!.name, quantity: 1 }],
      }),
    ]);
    expect(JSON.parse(members['orders.json']!)).toEqual([
      expect.objectContaining({
        number: order.number,
        total: order.total.amount,
        shippingAddress: LONDON,
        lines: [expect.objectContaining({ quantity: 1 })],
        payments: [expect.objectContaining({ provider: 'fake', status: 'captured', captured: order.total.amount })],
      }),
    ]);
    const everything = Object.values(members).join('\n');
    expect(everything).not.toMatch(/argon2|passwordHash|providerKey|providerReference|tokenHash/i);
    expect(everything).not.toContain(TEST_PASSWORD);
    expect(everything).not.toContain(owner.refreshToken);
  });

  it('holds the orders of a guest under the address that the user has proven, and nobody else’s', async () => {
    const email = `proven-${unique()}@example.com`;
    const guestOrder = await createOrder(app, { email: email.toUpperCase() });
    const owner = await createUser(app, { email });
    const stranger = await createUser(app);
    await createOrder(app, { token: stranger.token });
    const numbers = async (): Promise<string[]> => {
      const { id } = (await ask(owner)).json<OperationResponseDto>();
      await run(id);
      const orders = membersOf((await download(owner, id)).rawPayload)['orders.json']!;
      return (JSON.parse(orders) as { number: string }[]).map(({ number }) => number);
    };
    expect(await numbers()).toEqual([]);
    await app.database.execute(`UPDATE users SET email_verified_at = now() WHERE id = $1`, [owner.user.id]);
    expect(await numbers()).toEqual([guestOrder.number]);
  });

  it('has one export of a person under way, however many ask at the same moment, with one event', async () => {
    const owner = await createUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(owner)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    const ids = new Set(answers.map((answer) => answer.json<OperationResponseDto>().id));
    expect(ids.size).toBe(1);
    const [id] = [...ids] as [string];
    const events = await app.database.query(`SELECT type FROM outbox_events WHERE aggregate_id = $1`, [id]);
    expect(events).toEqual([{ type: 'user.export_requested' }]);
    await run(id);
    expect((await ask(owner)).json<OperationResponseDto>().id).not.toBe(id);
  });

  it('may run twice, also at the same time: one file, one mail', async () => {
    const owner = await createUser(app);
    const { id } = (await ask(owner)).json<OperationResponseDto>();
    await Promise.allSettled([run(id), run(id), run(id)]);
    if ((await read(owner, id)).status !== 'succeeded') await run(id);
    await run(id);
    expect((await read(owner, id)).status).toBe('succeeded');
    expect(membersOf((await download(owner, id)).rawPayload)).toHaveProperty(['profile.json']);
    const files = await app.database.query(
      `SELECT size_bytes IS NOT NULL AS complete FROM operation_files WHERE operation_id = $1`,
      [id],
    );
    expect(files).toEqual([{ complete: true }]);
    const mails = await app.database.query(`SELECT id FROM mails WHERE recipient = $1 AND template = 'export-ready'`, [
      owner.user.email,
    ]);
    expect(mails).toHaveLength(1);
  });

  it('is given up after eight attempts, saying so, and leaves the way free for another', async () => {
    const owner = await createUser(app);
    failingUser = owner.user.id;
    const { id } = (await ask(owner)).json<OperationResponseDto>();
    for (let attempt = 0; attempt < 8; attempt++) await expect(run(id)).rejects.toThrow('not today');
    expect((await read(owner, id)).status).toBe('running');
    await run(id);
    expect(await read(owner, id)).toMatchObject({
      status: 'failed',
      error: { code: 'user.export_failed' },
      file: null,
    });
    failingUser = null;
    const next = (await ask(owner)).json<OperationResponseDto>();
    expect(next.id).not.toBe(id);
    await run(next.id);
    expect((await read(owner, next.id)).status).toBe('succeeded');
  });

  it('reads many rows piece by piece: its file is whole beyond one piece', async () => {
    const owner = await createUser(app);
    await app.database.execute(
      `INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at)
       SELECT gen_random_uuid(), $1, md5(random()::text) || md5(random()::text) || md5(random()::text), '192.0.2.1', now(), now(), now()
       FROM generate_series(1, 6000)`,
      [owner.user.id],
    );
    const { id } = (await ask(owner)).json<OperationResponseDto>();
    await run(id);
    const chunks = await app.database.query(
      `SELECT position FROM operation_file_chunks c JOIN operation_files f ON f.id = c.file_id WHERE f.operation_id = $1`,
      [id],
    );
    expect(chunks.length).toBeGreaterThan(1);
    const { 'sessions.json': sessions } = membersOf((await download(owner, id)).rawPayload);
    expect(JSON.parse(sessions!)).toHaveLength(6001);
  });

  describe('the file', () => {
    it('AC-12: is 404 for everybody but its owner, staff who see every operation included, and 401 without a token', async () => {
      const owner = await createUser(app);
      const stranger = await createUser(app);
      const watcher = await createStaff(app, ['jobs:read', 'users:read']);
      const admin = await createStaff(app);
      const { id } = (await ask(owner)).json<OperationResponseDto>();
      await run(id);
      for (const other of [stranger, watcher, admin]) {
        const refused = await download(other, id);
        expect(refused.json()).toMatchObject({ status: 404, code: 'operation.file_not_found' });
        const never = await download(other, '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f');
        expect({ ...refused.json(), instance: '', requestId: '' }).toEqual({
          ...never.json(),
          instance: '',
          requestId: '',
        });
      }
      expect((await app.get(`/operations/${id}/file`)).statusCode).toBe(401);
      expect((await app.get(`/operations/${id}`, { token: stranger.token })).json().code).toBe('operation.not_found');
      expect((await app.get(`/operations/${id}`, { token: watcher.token })).statusCode).toBe(200);
      expect((await download(owner, id)).statusCode).toBe(200);
    });

    it('is for those who can take a zip file, and HEAD tells its size', async () => {
      const owner = await createUser(app);
      const { id } = (await ask(owner)).json<OperationResponseDto>();
      await run(id);
      expect((await download(owner, id, { accept: 'application/zip' })).statusCode).toBe(200);
      expect((await download(owner, id, { accept: 'application/xml' })).statusCode).toBe(406);
      const head = await app.send('HEAD', `/operations/${id}/file`, { token: owner.token });
      expect(head.statusCode).toBe(200);
      expect(head.body).toBe('');
      expect(head.headers['content-length']).toBe(String((await read(owner, id)).file!.sizeBytes));
      const again = await download(owner, id, { 'if-none-match': String(head.headers.etag) });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    });

    it('is gone after seven days, and the operation after thirty', async () => {
      const owner = await createUser(app);
      const { id } = (await ask(owner)).json<OperationResponseDto>();
      await run(id);
      await app.database.execute(`UPDATE operation_files SET expires_at = now() WHERE operation_id = $1`, [id]);
      expect((await download(owner, id)).statusCode).toBe(404);
      expect(await read(owner, id)).toMatchObject({ status: 'succeeded', file: null });
      const operations = app.app.get(OperationsService, { strict: false });
      await operations.purge(1000);
      expect(await app.database.query(`SELECT id FROM operation_files WHERE operation_id = $1`, [id])).toEqual([]);
      await app.database.execute(`UPDATE operations SET ended_at = now() - interval '31 days' WHERE id = $1`, [id]);
      await operations.purge(1000);
      expect((await app.get(`/operations/${id}`, { token: owner.token })).statusCode).toBe(404);
    });
  });

  it('AC-8: GET /operations lists one’s own, with filters; staff with jobs:read see everybody’s', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    const watcher = await createStaff(app, ['jobs:read']);
    const { id } = (await ask(owner)).json<OperationResponseDto>();
    const ids = async ({ token }: SignedInUser, query = '') =>
      (await app.get(`/operations?limit=100${query}`, { token }))
        .json<{ data: { id: string }[] }>()
        .data.map((row) => row.id);
    expect(await ids(owner)).toEqual([id]);
    expect(await ids(owner, '&status=succeeded,failed')).toEqual([]);
    expect(await ids(owner, '&kind=user_export&status=queued')).toEqual([id]);
    expect(await ids(stranger)).toEqual([]);
    expect(await ids(watcher)).toContain(id);
    expect((await app.get('/operations?count=exact', { token: stranger.token })).json().total).toBe(0);
    await run(id);
    await ask(owner);
    const { nextCursor } = (await app.get('/operations?limit=1', { token: owner.token })).json<{
      nextCursor: string;
    }>();
    expect((await app.get(`/operations?limit=1&cursor=${nextCursor}`, { token: owner.token })).json().data).toEqual([
      expect.objectContaining({ id }),
    ]);
    expect((await app.get(`/operations?limit=1&cursor=${nextCursor}`, { token: stranger.token })).statusCode).toBe(400);
    expect((await app.get('/operations?status=gone', { token: owner.token })).statusCode).toBe(400);
  });

  describe('for somebody else, POST /users/{id}/export', () => {
    it('is for staff with users:write; the person sees it, gets the file and a mail, and staff lose it with the scope', async () => {
      const subject = await createUser(app);
      const staff = await createStaff(app, ['users:write']);
      const asked = await app.post(`/users/${subject.user.id}/export`, undefined, { token: staff.token });
      expect(asked.statusCode).toBe(202);
      const { id } = asked.json<OperationResponseDto>();
      expect((await ask(subject)).json().code).toBe('user.export_running');
      await run(id);
      expect((await download(staff, id)).statusCode).toBe(200);
      expect((await download(subject, id)).statusCode).toBe(200);
      expect(
        await app.database.query(`SELECT id FROM mails WHERE recipient = $1 AND template = 'export-ready'`, [
          subject.user.email,
        ]),
      ).toHaveLength(1);
      await app.database.execute(`DELETE FROM user_roles WHERE user_id = $1`, [staff.user.id]);
      const again = { ...staff, ...(await signIn(app, staff.user.id)) };
      expect((await download(again, id)).statusCode).toBe(404);
      expect((await app.get(`/operations/${id}`, { token: again.token })).statusCode).toBe(404);
      const audit = await app.database.query(
        `SELECT actor_id FROM audit_log WHERE action = 'user.export_requested' AND target_id = $1::text`,
        [subject.user.id],
      );
      expect(audit).toEqual([{ actor_id: staff.user.id }]);
    });

    it('is closed to customers and readers, and 404 for nobody', async () => {
      const subject = await createUser(app);
      const reader = await createStaff(app, ['users:read']);
      for (const { token } of [subject, reader]) {
        expect((await app.post(`/users/${subject.user.id}/export`, undefined, { token })).statusCode).toBe(403);
      }
      const staff = await createStaff(app);
      const answer = await app.post('/users/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f/export', undefined, {
        token: staff.token,
      });
      expect(answer.json().code).toBe('user.not_found');
      expect((await app.post('/users/me/export')).statusCode).toBe(401);
    });
  });
});

describe('an export with jobs', () => {
  let app: TestApp;
  beforeAll(async () => {
    await emptyJobs();
    app = await TestApp.start({ ROLE: 'all', RATE_LIMIT_SCALE: '1' });
  });
  afterAll(() => app.close());

  it('is made by a job and announced by mail', async () => {
    const { user, token } = await createUser(app);
    const { id } = (await app.post('/users/me/export', undefined, { token })).json<OperationResponseDto>();
    await eventually(
      async () => (await app.get(`/operations/${id}`, { token })).json<OperationResponseDto>().status === 'succeeded',
    );
    await eventually(async () => {
      const mails = await app.database.query(`SELECT id FROM mails WHERE recipient = $1 AND sent_at IS NOT NULL`, [
        user.email,
      ]);
      return mails.length === 1;
    });
    expect((await app.get(`/operations/${id}/file`, { token })).statusCode).toBe(200);
  });

  it('is limited: five an hour for one person', async () => {
    const { token } = await createUser(app);
    const answers = [];
    for (let index = 0; index < 6; index++)
      answers.push((await app.post('/users/me/export', undefined, { token })).statusCode);
    expect(answers).toEqual([202, 202, 202, 202, 202, 429]);
  });
});
