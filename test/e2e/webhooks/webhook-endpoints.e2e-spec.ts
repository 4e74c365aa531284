import { newId } from '../../../src/common/ids.js';
import type {
  NewWebhookEndpointResponseDto,
  WebhookEndpointResponseDto,
} from '../../../src/events/webhooks/dto/webhook-endpoint.dto.js';
import type { Scope } from '../../../src/common/security/scopes.js';
import { createKey } from '../../factories/api-key.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

/** An address of the internet, so that no name has to be looked up; nothing is sent there. */
const URL_OF_A_RECEIVER = 'https://93.184.216.34/hooks';

describe('webhook endpoints', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, ['webhooks:write', 'orders:read', 'api-keys:write']);
  });
  beforeEach(() => app.database.execute(`DELETE FROM webhook_endpoints`));
  afterAll(() => app.close());

  const post = (path: string, body?: unknown, token = staff.token) => app.post(path, body, { token });
  const create = async (overrides: object = {}): Promise<NewWebhookEndpointResponseDto> => {
    const answer = await post('/webhook-endpoints', { url: URL_OF_A_RECEIVER, types: ['order.*'], ...overrides });
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<NewWebhookEndpointResponseDto>();
  };
  const told = (id: string) =>
    app.database.query<{ type: string; version: number; action: string | null }>(
      `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
      [id],
    );
  const recorded = async (id: string) =>
    (
      await app.database.query<{ action: string }>(
        `SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
        [id],
      )
    ).map(({ action }) => action);

  it('are added, read, changed under If-Match, listed and removed; each change is told and recorded', async () => {
    const added = await post('/webhook-endpoints', {
      url: URL_OF_A_RECEIVER,
      description: 'Orders for the ERP',
      types: ['order.*', 'webhook_endpoint.disabled'],
      payload: 'full',
    });
    expect(added.statusCode).toBe(201);
    const { secret, ...endpoint } = added.json<NewWebhookEndpointResponseDto>();
    expect(endpoint).toMatchObject({
      url: URL_OF_A_RECEIVER,
      payload: 'full',
      status: 'active',
      disabledReason: null,
      failingSince: null,
      creatorId: staff.user.id,
      version: 1,
    });
    const path = `/webhook-endpoints/${endpoint.id}`;
    expect(added.headers.location).toBe(`/api/v1${path}`);
    const read = await app.get(path, { token: staff.token });
    expect(read.json()).toEqual(endpoint);
    expect(read.body).not.toContain(secret);
    const headers = { 'if-match': String(read.headers.etag) };
    const paused = await app.patch(path, { status: 'disabled', description: null }, { token: staff.token, headers });
    expect(paused.json()).toMatchObject({
      status: 'disabled',
      disabledReason: 'paused',
      description: null,
      version: 2,
    });
    expect((await app.patch(path, { types: ['*'] }, { token: staff.token, headers })).statusCode).toBe(412);
    expect((await app.patch(path, { status: 'disabled' }, { token: staff.token })).json().version).toBe(2);
    const resumed = await app.patch(path, { status: 'active' }, { token: staff.token });
    expect(resumed.json()).toMatchObject({ status: 'active', disabledReason: null, disabledAt: null, version: 3 });
    const list = (await app.get('/webhook-endpoints?count=exact', { token: staff.token })).json();
    expect(list).toMatchObject({ data: [{ id: endpoint.id }], nextCursor: null, total: 1 });
    expect((await app.delete(path, { token: staff.token, headers })).statusCode).toBe(412);
    expect((await app.delete(path, { token: staff.token })).statusCode).toBe(204);
    expect((await app.get(path, { token: staff.token })).json().code).toBe('webhook.endpoint_not_found');
    expect(await told(endpoint.id)).toEqual([
      { type: 'webhook_endpoint.created', version: 1 },
      { type: 'webhook_endpoint.changed', version: 2 },
      { type: 'webhook_endpoint.changed', version: 3 },
      { type: 'webhook_endpoint.removed', version: 4 },
    ]);
    expect(await recorded(endpoint.id)).toEqual([
      'webhook_endpoint.created',
      'webhook_endpoint.changed',
      'webhook_endpoint.changed',
      'webhook_endpoint.removed',
    ]);
  });

  it('WH-2 have a secret of their own, 32 random bytes that are shown once and kept encrypted', async () => {
    const [first, second] = [await create(), await create()];
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(first.secret).not.toBe(second.secret);
    const [row] = await app.database.query<{ secret: Buffer }>(`SELECT secret FROM webhook_endpoints WHERE id = $1`, [
      first.id,
    ]);
    const bytes = Buffer.from(first.secret.slice('whsec_'.length), 'base64');
    expect(row!.secret.includes(bytes) || row!.secret.includes(first.secret)).toBe(false);
  });

  it('WH-4 get a new secret, and keep the old one for the overlap that was asked for, or for none', async () => {
    const { id, secret } = await create();
    const rotated = await post(`/webhook-endpoints/${id}/rotate-secret`, { overlapSeconds: 60 });
    expect(rotated.statusCode).toBe(200);
    const after = rotated.json<NewWebhookEndpointResponseDto>();
    expect(after.secret).not.toBe(secret);
    const left = Date.parse(String(after.previousSecretEndsAt)) - Date.now();
    expect(left).toBeGreaterThan(30_000);
    expect(left).toBeLessThanOrEqual(60_000);
    const ended = await post(`/webhook-endpoints/${id}/rotate-secret`, { overlapSeconds: 0 });
    expect(ended.json()).toMatchObject({ previousSecretEndsAt: null, version: 3 });
    expect((await post(`/webhook-endpoints/${id}/rotate-secret`)).json().version).toBe(4);
    expect(await recorded(id)).toEqual([
      'webhook_endpoint.created',
      ...Array<string>(3).fill('webhook_endpoint.secret_rotated'),
    ]);
  });

  it.each([
    ...['http://127.0.0.1/', 'http://localhost/', 'http://2130706433/', 'http://[::ffff:a9fe:a9fe]/'],
    ...['https://user:secret@93.184.216.34/', 'https://93.184.216.34:6379/', 'file:///etc/passwd', 'nonsense'],
  ])('WH-11 refuse %s with 422 webhook.url_refused at /url, when added and when changed', async (url) => {
    const refused = await post('/webhook-endpoints', { url, types: ['*'] });
    expect([refused.statusCode, refused.json().code]).toEqual([422, 'webhook.url_refused']);
    expect(refused.json().errors).toEqual([expect.objectContaining({ pointer: '/url' })]);
    const { id } = await create();
    const changed = await app.patch(`/webhook-endpoints/${id}`, { url }, { token: staff.token });
    expect([changed.statusCode, changed.json().errors[0].pointer]).toEqual([422, '/url']);
  });

  it.each([
    [{ types: ['order.*'] }, 400, '/url'],
    [{ url: 7, types: ['order.*'] }, 400, '/url'],
    [{ url: URL_OF_A_RECEIVER }, 400, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: [] }, 400, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: ['Order*'] }, 400, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: ['order.*', 'order.*'] }, 400, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: ['order.eaten'] }, 422, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: ['mail.requested'] }, 422, '/types'],
    [{ url: URL_OF_A_RECEIVER, types: ['*'], payload: 'fat' }, 400, '/payload'],
    [{ url: URL_OF_A_RECEIVER, types: ['*'], status: 'gone' }, 400, '/status'],
    [{ url: URL_OF_A_RECEIVER, types: ['*'], secret: 'whsec_x' }, 400, '/secret'],
  ])('refuse %j with %i at %s', async (body, status, pointer) => {
    const answer = await post('/webhook-endpoints', body);
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([status, pointer]);
  });

  it('show full payloads only of what their maker may read', async () => {
    const blind = await createStaff(app, ['webhooks:write']);
    const body = { url: URL_OF_A_RECEIVER, types: ['order.placed'] };
    const refused = await post('/webhook-endpoints', { ...body, payload: 'full' }, blind.token);
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'auth.scope_exceeded']);
    const thin = await post('/webhook-endpoints', body, blind.token);
    expect(thin.statusCode).toBe(201);
    const { id } = thin.json<WebhookEndpointResponseDto>();
    const change = (payload: string, token: string) => app.patch(`/webhook-endpoints/${id}`, { payload }, { token });
    expect((await change('full', blind.token)).statusCode).toBe(403);
    expect((await change('full', staff.token)).statusCode).toBe(200);
  });

  it('are at most 50, also when 20 are added at the same moment', async () => {
    await app.database.execute(
      `INSERT INTO webhook_endpoints (id, url, types, secret) SELECT gen_random_uuid(), 'https://example.com', '{*}', '' FROM generate_series(1, 40)`,
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/webhook-endpoints', { url: URL_OF_A_RECEIVER, types: ['*'] })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(10);
    expect(answers.find(({ statusCode }) => statusCode !== 201)!.json().code).toBe('webhook.too_many_endpoints');
  });

  it('WH-8 are for holders of webhooks:write alone, by session or by key', async () => {
    const { id } = await create();
    const customer = await createUser(app);
    const others = await createStaff(app, ['orders:read', 'users:read', 'events:read'] satisfies Scope[]);
    for (const { token } of [customer, others])
      for (const answer of [
        await app.get('/webhook-endpoints', { token }),
        await app.get(`/webhook-endpoints/${id}/deliveries`, { token }),
        await post(`/webhook-endpoints/${id}/test`, undefined, token),
      ])
        expect(answer.statusCode).toBe(403);
    const { key } = await createKey(app, { creator: staff, scopes: ['webhooks:write'] });
    expect((await app.get('/webhook-endpoints', { token: key })).statusCode).toBe(200);
    const made = await post('/webhook-endpoints', { url: URL_OF_A_RECEIVER, types: ['*'] }, key);
    expect(made.json()).toMatchObject({ creatorId: staff.user.id });
  });

  it('are added once for one Idempotency-Key, and the repeat shows the secret again', async () => {
    const key = `hook-${newId()}`;
    const send = () =>
      app.post('/webhook-endpoints', { url: URL_OF_A_RECEIVER, types: ['*'] }, { token: staff.token, key });
    const [first, second] = [await send(), await send()];
    expect(second.json()).toEqual(first.json());
    const [row] = await app.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM webhook_endpoints`);
    expect(row!.count).toBe(1);
  });

  it('send no test, no replay and no retry while disabled: 409 webhook.endpoint_disabled', async () => {
    const { id } = await create();
    const { id: deliveryId } = (await post(`/webhook-endpoints/${id}/test`)).json<{ id: string }>();
    await app.patch(`/webhook-endpoints/${id}`, { status: 'disabled' }, { token: staff.token });
    for (const answer of [
      await post(`/webhook-endpoints/${id}/test`),
      await post(`/webhook-endpoints/${id}/replay`, { after: 0 }),
      await post(`/webhook-deliveries/${deliveryId}/retry`),
    ])
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'webhook.endpoint_disabled']);
  });

  it.each([
    [{}, '/from'],
    [{ from: 'yesterday' }, '/from'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, '/to'],
    [{ after: -1 }, '/after'],
    [{ after: 0, types: 'order.placed' }, '/types'],
  ])('refuse to replay %j with 400 at %s', async (body, pointer) => {
    const { id } = await create();
    const answer = await post(`/webhook-endpoints/${id}/replay`, body);
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, pointer]);
  });

  it('list deliveries by state, type and time, and know none of others', async () => {
    const { id } = await create();
    const other = await create();
    const deliveries = [await post(`/webhook-endpoints/${id}/test`), await post(`/webhook-endpoints/${id}/test`)];
    await post(`/webhook-endpoints/${other.id}/test`);
    const list = async (query: string) =>
      (await app.get(`/webhook-endpoints/${id}/deliveries${query}`, { token: staff.token })).json();
    const ids = deliveries.map((answer) => answer.json<{ id: string }>().id).reverse();
    expect((await list('')).data.map((row: { id: string }) => row.id)).toEqual(ids);
    const page = await list(
      '?limit=1&status=pending,failed&type=webhook_endpoint.test&createdAt[gte]=2026-01-01T00:00:00Z',
    );
    expect(page.data).toMatchObject([{ id: ids[0], status: 'pending', attemptCount: 0, statusCode: null }]);
    const rest = await list(
      `?limit=1&status=pending,failed&type=webhook_endpoint.test&createdAt[gte]=2026-01-01T00:00:00Z&cursor=${page.nextCursor}`,
    );
    expect(rest).toMatchObject({ data: [{ id: ids[1] }], nextCursor: null });
    expect((await list('?status=succeeded')).data).toEqual([]);
    expect((await list('?type=order.placed')).data).toEqual([]);
    expect((await list('?status=lost')).status).toBe(400);
    expect((await list('?url=x')).status).toBe(400);
    const nobodys = await app.get(`/webhook-endpoints/${newId()}/deliveries`, { token: staff.token });
    expect([nobodys.statusCode, nobodys.json().code]).toEqual([404, 'webhook.endpoint_not_found']);
    const none = await app.get(`/webhook-deliveries/${newId()}`, { token: staff.token });
    expect([none.statusCode, none.json().code]).toEqual([404, 'webhook.delivery_not_found']);
    expect((await post(`/webhook-deliveries/${newId()}/retry`)).statusCode).toBe(404);
  });
});
