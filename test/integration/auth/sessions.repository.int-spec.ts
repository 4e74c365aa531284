import { SessionsRepository } from '../../../src/auth/sessions.repository.js';
import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('SessionsRepository', () => {
  let app: TestApp;
  let sessions: SessionsRepository;

  beforeAll(async () => {
    app = await TestApp.start();
    sessions = app.app.get(SessionsRepository, { strict: false });
  });
  afterAll(() => app.close());

  it('cannot hold two unused refresh tokens of one session, whatever the code does', async () => {
    const { sessionId, user } = await createUser(app);
    await expect(sessions.appendToken(sessionId, { id: user.id, hash: Buffer.alloc(32, 1) }, 60)).rejects.toThrow(
      'refresh_tokens_living_key',
    );
  });

  it('uses a token up once, also when 20 try at the same moment', async () => {
    const { sessionId } = await createUser(app);
    const [token] = await app.database.query<{ id: string }>(`SELECT id FROM refresh_tokens WHERE session_id = $1`, [
      sessionId,
    ]);
    const used = await Promise.all(Array.from({ length: 20 }, () => sessions.useToken(token!.id, new Date())));
    expect(used.filter(Boolean)).toHaveLength(1);
  });

  it('purges sessions that ended over 30 days ago with their tokens, a bounded number at a time, and no others', async () => {
    const [old, older, recent, living] = [
      await createUser(app),
      await createUser(app),
      await createUser(app),
      await createUser(app),
    ];
    const endedDaysAgo = (sessionId: string, days: number) =>
      app.database.execute(`UPDATE sessions SET expires_at = now() - make_interval(days => $2) WHERE id = $1`, [
        sessionId,
        days,
      ]);
    await Promise.all([
      endedDaysAgo(old.sessionId, 31),
      endedDaysAgo(older.sessionId, 400),
      endedDaysAgo(recent.sessionId, 29),
    ]);
    expect(await sessions.purgeEnded(1)).toBe(1);
    expect(await sessions.purgeEnded(100)).toBe(1);
    expect(await sessions.purgeEnded(100)).toBe(0);
    const left = await app.database.query<{ session_id: string }>(
      `SELECT t.session_id FROM refresh_tokens t WHERE t.session_id = ANY ($1::uuid[]) ORDER BY t.session_id`,
      [[old, older, recent, living].map(({ sessionId }) => sessionId)],
    );
    expect(left.map(({ session_id }) => session_id)).toEqual([recent.sessionId, living.sessionId].sort());
  });
});
