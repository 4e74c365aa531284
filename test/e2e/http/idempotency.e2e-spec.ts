import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { IdempotencyService } from '../../../src/common/idempotency/idempotency.service.js';
import { IdempotencyRepository } from '../../../src/common/idempotency/idempotency.repository.js';
import { TestApp, type TestRequest } from '../../support/test-app.js';
import { behaviour, Effects, REFUSALS, withEffects } from './effects.module.js';

/** Stops the next effect at its end. */
function hold(): { reached: Promise<void>; release: () => void } {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  behaviour.afterEffect = () => {
    reached.resolve();
    return released.promise;
  };
  return { reached: reached.promise, release: () => released.resolve() };
}

let names = 0;
/** A fresh name of an effect, which is its key as well. */
const fresh = (): string => `effect-${process.pid}-${++names}`;

describe('Idempotency-Key', () => {
  let app: TestApp;
  const outside = new Client({ connectionString: process.env.DATABASE_URL });

  beforeAll(async () => {
    app = await TestApp.start({}, withEffects());
    app.app.get(IdempotencyService).patienceMs = 2_000;
    await Effects.prepare(app.database);
    await outside.connect();
  });
  afterAll(async () => {
    await outside.end();
    await app.database.execute('DROP TABLE test_effects');
    await app.close();
  });
  beforeEach(() => {
    behaviour.afterEffect = () => undefined;
    behaviour.requestKeys = [];
  });

  const count = (what: string) => Effects.count(app.database, what);
  const send = (path: string, what: string, request: TestRequest = {}) =>
    app.post(path, { what }, { key: what, ...request });
  /** Sends again, as it is told, what a twin of is being worked on for more than two seconds. */
  const sendUntilDone: typeof send = async (...request) => {
    let answer = await send(...request);
    while (answer.json<{ code?: string }>().code === 'request.in_progress') answer = await send(...request);
    return answer;
  };

  it('repeats body, status, Location and ETag of the first answer, and has one effect', async () => {
    const what = fresh();
    const first = await send('/effects', what);
    const second = await send('/effects', what);
    expect(first.statusCode).toBe(201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect({ status: second.statusCode, body: second.body }).toEqual({ status: 201, body: first.body });
    for (const name of ['location', 'etag', 'content-type']) expect(second.headers[name]).toBe(first.headers[name]);
    expect(first.headers.location).toBe(`/api/v1/effects/${first.json<{ id: number }>().id}`);
    expect(await count(what)).toBe(1);
  });

  it.each(['/effects', '/effects/across'])('lets 50 twins of POST %s have one effect and one answer', async (path) => {
    behaviour.afterEffect = () => delay(50);
    const what = fresh();
    const answers = await Promise.all(Array.from({ length: 50 }, () => sendUntilDone(path, what)));
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(answers[0]!.statusCode).toBe(201);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(await count(what)).toBe(1);
  });

  it('refuses the key with another body, path or method by 422', async () => {
    const what = fresh();
    await send('/effects', what);
    const others = [
      await app.post('/effects', { what, size: 'big' }, { key: what }),
      await app.post('/effects/required', { what }, { key: what }),
      await app.patch('/effects/1', { what }, { key: what }),
    ];
    for (const other of others) {
      expect(other.statusCode).toBe(422);
      expect(other.json()).toMatchObject({ code: 'request.idempotency_key_reused' });
    }
    expect(await count(what)).toBe(1);
    expect((await send('/effects', what)).statusCode).toBe(201);
  });

  it('takes the quoted form of a key as the same key', async () => {
    const what = fresh();
    const first = await app.post('/effects', { what }, { key: `"${what}"` });
    const second = await app.post('/effects', { what }, { key: what });
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.body).toBe(first.body);
  });

  it.each(['', '""', 'two words', 'a, b', 'x'.repeat(256), 'ümlaut', 'tab\tinside'])(
    'refuses the key "%s" with 400',
    async (key) => {
      const what = fresh();
      const response = await app.post('/effects', { what }, { key });
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer: 'Idempotency-Key' }] });
      expect(await count(what)).toBe(0);
    },
  );

  it('takes a key of 255 characters', async () => {
    const what = fresh();
    expect((await app.post('/effects', { what }, { key: what.padEnd(255, '~') })).statusCode).toBe(201);
  });

  it('asks for a key where one is required, and does without elsewhere', async () => {
    const what = fresh();
    const refused = await app.post('/effects/required', { what });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'request.idempotency_key_required' });
    expect(await count(what)).toBe(0);
    await app.post('/effects', { what });
    await app.post('/effects', { what });
    expect(await count(what)).toBe(2);
  });

  it('does not mind a key on GET', async () => {
    const what = fresh();
    await app.get('/effects', { key: what });
    const post = await send('/effects', what);
    expect(post.headers['idempotent-replayed']).toBeUndefined();
  });

  const from = (remoteAddress: string, what: string, key: string, path = '/effects') =>
    app.app.inject({
      method: 'POST',
      url: `/api/v1${path}`,
      remoteAddress,
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      payload: { what },
    });

  it('keeps the keys of two callers apart', async () => {
    const what = fresh();
    const [one, other] = [await from('192.0.2.1', what, what), await from('192.0.2.2', what, what)];
    expect(other.headers['idempotent-replayed']).toBeUndefined();
    expect(other.json<{ id: number }>().id).not.toBe(one.json<{ id: number }>().id);
    expect(await count(what)).toBe(2);
  });

  it.each(['/effects', '/effects/across'])(
    'lets a key of a guest that nobody can guess stand for itself, from whatever network it comes: POST %s',
    async (path) => {
      const what = fresh();
      const long = randomBytes(16).toString('base64url');
      const [one, other] = [await from('192.0.2.1', what, long, path), await from('2001:db8::2', what, long, path)];
      expect(other.headers['idempotent-replayed']).toBe('true');
      expect(other.body).toBe(one.body);
      expect(await count(what)).toBe(1);
      await from('192.0.2.1', what, long.slice(1), path);
      await from('2001:db8::2', what, long.slice(1), path);
      expect(await count(what)).toBe(3);
    },
  );

  describe.each(['/effects', '/effects/across'])('when POST %s is refused', (path) => {
    it.each(['conflict', 'notFound', 'rejected'] as const)(
      'repeats the refusal "%s" even when the rule would now say yes',
      async (kind) => {
        const what = fresh();
        behaviour.afterEffect = () => {
          throw REFUSALS[kind]();
        };
        const first = await send(path, what);
        behaviour.afterEffect = () => undefined;
        const second = await send(path, what);
        expect(second.headers['idempotent-replayed']).toBe('true');
        expect(second.headers['content-type']).toBe('application/problem+json; charset=utf-8');
        expect({ status: second.statusCode, body: second.body }).toEqual({
          status: first.statusCode,
          body: first.body,
        });
        expect(first.json()).toMatchObject({ instance: `/api/v1${path}` });
      },
    );

    it('repeats a 400 of validation', async () => {
      const key = fresh();
      const first = await app.post(path, { what: 1 }, { key });
      const second = await app.post(path, { what: 1 }, { key });
      expect(first.statusCode).toBe(400);
      expect(second.headers['idempotent-replayed']).toBe('true');
      expect(second.body).toBe(first.body);
      expect((await app.post(path, { what: key }, { key })).statusCode).toBe(422);
    });

    it.each(['forbidden', 'precondition', 'tooMany', 'failure'] as const)(
      'does not store "%s": the repeat runs',
      async (kind) => {
        const what = fresh();
        behaviour.afterEffect = () => {
          throw REFUSALS[kind]();
        };
        const first = await send(path, what);
        expect(first.statusCode).toBeGreaterThanOrEqual(403);
        behaviour.afterEffect = () => undefined;
        const second = await send(path, what);
        expect(second.statusCode).toBe(201);
        expect(second.headers['idempotent-replayed']).toBeUndefined();
        expect(await count(what)).toBe(1);
      },
    );
  });

  it('leaves nothing behind of an effect that was refused at its end', async () => {
    const what = fresh();
    behaviour.afterEffect = () => {
      throw REFUSALS.conflict();
    };
    await send('/effects', what);
    expect(await count(what)).toBe(0);
  });

  it('runs the whole effect again after a serialization failure', async () => {
    const what = fresh();
    let attempts = 0;
    behaviour.afterEffect = () => {
      if (++attempts < 3) throw Object.assign(new Error('could not serialize access'), { code: '40001' });
    };
    expect((await send('/effects', what)).statusCode).toBe(201);
    expect(attempts).toBe(3);
    expect(await count(what)).toBe(1);
  });

  it.each(['/effects', '/effects/across'])(
    'tells a twin of POST %s after 2 s to come back, then gives it the answer',
    async (path) => {
      const what = fresh();
      const held = hold();
      const first = send(path, what);
      await held.reached;
      const startedAt = Date.now();
      const twin = await send(path, what);
      expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1900);
      expect(twin.statusCode).toBe(409);
      expect(twin.json()).toMatchObject({ code: 'request.in_progress' });
      expect(twin.headers['retry-after']).toBe('1');
      held.release();
      expect((await first).statusCode).toBe(201);
      const later = await send(path, what);
      expect(later.body).toBe((await first).body);
      expect(await count(what)).toBe(1);
    },
  );

  it('takes over a claim whose process died between its transactions, under the same request key', async () => {
    const what = fresh();
    const held = hold();
    const dying = send('/effects/across', what);
    await held.reached;
    behaviour.afterEffect = () => undefined;
    expect((await app.post('/effects/across', { what, size: 'big' }, { key: what })).statusCode).toBe(422);
    await app.database.execute(`UPDATE idempotency_keys SET lease_until = now() - interval '1 second' WHERE key = $1`, [
      what,
    ]);
    const heirs = await Promise.all(Array.from({ length: 5 }, () => sendUntilDone('/effects/across', what)));
    expect(new Set(heirs.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(heirs[0]!.statusCode).toBe(201);
    expect(await count(what)).toBe(1);
    expect(new Set(behaviour.requestKeys).size).toBe(1);
    expect(behaviour.requestKeys).toHaveLength(2);
    held.release();
    expect((await dying).body).toBe(heirs[0]!.body);
  });

  it('does the effect once when the connection dies inside the transaction and the caller repeats', async () => {
    const what = fresh();
    behaviour.afterEffect = async () => {
      const [backend] = await app.database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await outside.query('SELECT pg_terminate_backend($1)', [backend!.pid]);
      await app.database.query('SELECT 1');
    };
    const cut = await send('/effects', what);
    expect(cut.statusCode).toBe(503);
    expect(cut.headers['retry-after']).toBe('2');
    expect(await count(what)).toBe(0);
    behaviour.afterEffect = () => undefined;
    expect((await send('/effects', what)).statusCode).toBe(201);
    expect(await count(what)).toBe(1);
  });

  it('keeps an answer 24 hours, 30 days where money moves, and no longer', async () => {
    const [plain, money] = [fresh(), fresh()];
    await send('/effects', plain);
    await send('/effects/required', money);
    const rows = await app.database.query<{ key: string; hours: number }>(
      `SELECT key, round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM idempotency_keys WHERE key IN ($1, $2)`,
      [plain, money],
    );
    expect(Object.fromEntries(rows.map(({ key, hours }) => [key, hours]))).toEqual({ [plain]: 24, [money]: 720 });

    await app.database.execute(
      `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key IN ($1, $2)`,
      [plain, money],
    );
    const again = await app.post('/effects', { what: plain, size: 'big' }, { key: plain });
    expect(again.statusCode).toBe(201);
    expect(again.headers['idempotent-replayed']).toBeUndefined();
    expect(await count(plain)).toBe(2);

    await app.app.get(IdempotencyRepository).purgeExpired(1000);
    const left = await app.database.query<{ key: string }>('SELECT key FROM idempotency_keys WHERE key IN ($1, $2)', [
      plain,
      money,
    ]);
    expect(left.map(({ key }) => key)).toEqual([plain]);
  });

  it('lets only one of 20 twins in when the old answer has expired', async () => {
    const what = fresh();
    await send('/effects', what);
    await app.database.execute(`UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = $1`, [
      what,
    ]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendUntilDone('/effects', what)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(await count(what)).toBe(2);
  });

  it('stores answers encrypted', async () => {
    const what = fresh();
    await send('/effects', what);
    const [row] = await app.database.query<{ body: Buffer; fingerprint: Buffer }>(
      'SELECT body, fingerprint FROM idempotency_keys WHERE key = $1',
      [what],
    );
    expect(row!.body.length).toBeGreaterThan(28);
    expect(row!.body.includes(what)).toBe(false);
    expect(row!.fingerprint).toHaveLength(32);
  });
});
