import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('consents', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const say = ({ token }: SignedInUser, purpose: string, granted: unknown, version: unknown = '2026-01') =>
    app.put(`/users/me/consents/${purpose}`, { granted, version }, { token });
  const read = async ({ token }: SignedInUser, query = '') =>
    (await app.get(`/users/me/consents${query}`, { token })).json();

  it('are given and taken back; what was said stays, and the newest of each purpose counts', async () => {
    const owner = await createUser(app);
    expect(await read(owner)).toEqual({ current: [], data: [], nextCursor: null });
    const given = await say(owner, 'marketing_email', true);
    expect(given.statusCode).toBe(200);
    expect(given.json()).toEqual({
      purpose: 'marketing_email',
      granted: true,
      documentVersion: '2026-01',
      source: 'account',
      address: '127.0.0.1',
      at: expect.stringMatching(/Z$/),
    });
    await say(owner, 'terms', true, '7');
    const taken = await say(owner, 'marketing_email', false);
    const history = await read(owner);
    expect(history.current.map(({ purpose, granted }: Record<string, unknown>) => [purpose, granted])).toEqual([
      ['marketing_email', false],
      ['terms', true],
    ]);
    expect(history.data).toHaveLength(3);
    expect(history.data[0]).toEqual(taken.json());
    expect(history.data[2]).toEqual(given.json());
    const audit = await app.database.query(
      `SELECT action, actor_id = $1 AS own FROM audit_log WHERE target_id = $1::text AND action LIKE 'user.consent%' ORDER BY sequence`,
      [owner.user.id],
    );
    expect(audit).toEqual([
      { action: 'user.consent_given', own: true },
      { action: 'user.consent_given', own: true },
      { action: 'user.consent_withdrawn', own: true },
    ]);
  });

  it('add a row for each thing said and none for saying it again, also of 20 that come at the same moment', async () => {
    const owner = await createUser(app);
    await say(owner, 'privacy', true, '1');
    const answers = await Promise.all(Array.from({ length: 20 }, () => say(owner, 'privacy', true, '2')));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect((await read(owner)).data).toHaveLength(2);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => say(owner, 'analytics', index % 2 === 0, String(index))),
    );
    const positions = await app.database.query(`SELECT position FROM consents WHERE user_id = $1 ORDER BY position`, [
      owner.user.id,
    ]);
    expect(positions).toEqual(Array.from({ length: 22 }, (_, index) => ({ position: index + 1 })));
  });

  it('page through what was said, for their owner only (AC-8)', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    for (const version of ['1', '2', '3']) await say(owner, 'terms', true, version);
    const first = await read(owner, '?limit=2&count=exact');
    expect(first.total).toBe(3);
    const second = await read(owner, `?limit=2&cursor=${first.nextCursor}`);
    const versions = [...first.data, ...second.data].map(({ documentVersion }) => documentVersion as string);
    expect(versions).toEqual(['3', '2', '1']);
    expect((await app.get(`/users/me/consents?cursor=${first.nextCursor}`, { token: stranger.token })).statusCode).toBe(
      400,
    );
    expect((await read(stranger)).data).toEqual([]);
  });

  it('are read by staff with users:read, and said by nobody but the person', async () => {
    const owner = await createUser(app);
    await say(owner, 'terms', true);
    const staff = await createStaff(app, ['users:read']);
    const path = `/users/${owner.user.id}/consents`;
    expect((await app.get(path, { token: staff.token })).json()).toEqual(await read(owner));
    expect((await app.get(path, { token: owner.token })).statusCode).toBe(403);
    expect(
      (await app.get('/users/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f/consents', { token: staff.token })).json().code,
    ).toBe('user.not_found');
    expect((await app.put(`${path}/terms`, { granted: true, version: '1' }, { token: staff.token })).statusCode).toBe(
      404,
    );
    const impersonated = await createUser(app);
    await app.database.execute(`UPDATE sessions SET impersonator_id = $2 WHERE id = $1`, [
      impersonated.sessionId,
      staff.user.id,
    ]);
    expect((await say(impersonated, 'terms', true)).json().code).toBe('auth.impersonation_forbidden');
  });

  it.each([
    ['terms', 'yes', '1', '/granted'],
    ['terms', undefined, '1', '/granted'],
    ['terms', true, '', '/version'],
    ['terms', true, 1, '/version'],
    ['terms', true, 'x'.repeat(51), '/version'],
    ['everything', true, '1', '{purpose}'],
    ['Terms', true, '1', '{purpose}'],
  ])('refuse %s, %p, %p with 400 at %s', async (purpose, granted, version, pointer) => {
    const owner = await createUser(app);
    const answer = await app.put(`/users/me/consents/${purpose}`, { granted, version }, { token: owner.token });
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    expect((await read(owner)).data).toEqual([]);
  });

  it('cannot be changed or deleted in the database, but for the network address that is forgotten', async () => {
    const owner = await createUser(app);
    await say(owner, 'terms', true);
    const values = [owner.user.id];
    for (const sql of [
      `UPDATE consents SET granted = false WHERE user_id = $1`,
      `UPDATE consents SET address = '203.0.113.1' WHERE user_id = $1`,
      `UPDATE consents SET address = NULL, at = now() WHERE user_id = $1`,
      `DELETE FROM consents WHERE user_id = $1`,
    ]) {
      await expect(app.database.execute(sql, values)).rejects.toThrow('never changed');
    }
    expect(await app.database.execute(`UPDATE consents SET address = NULL WHERE user_id = $1`, values)).toBe(1);
  });
});
