import { AuditLog } from '../../../src/audit/audit-log.js';
import type { AuditLogPageResponseDto } from '../../../src/audit/dto/audit-log.dto.js';
import type { AuditVerificationResponseDto } from '../../../src/audit/dto/audit-log.dto.js';
import { newId } from '../../../src/common/ids.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('the audit log', () => {
  let app: TestApp;
  let reader: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    reader = await createStaff(app, ['audit:read']);
  });
  afterAll(() => app.close());

  const list = async (query: string): Promise<AuditLogPageResponseDto> => {
    const response = await app.get(`/audit-log?${query}`, { token: reader.token });
    expect([query, response.statusCode]).toEqual([query, 200]);
    return response.json();
  };
  const verify = async (query = ''): Promise<AuditVerificationResponseDto> => {
    const response = await app.get(`/audit-log/verify?${query}`, { token: reader.token });
    expect([query, response.statusCode]).toEqual([query, 200]);
    return response.json();
  };

  /** Records one entry for each action, about one thing and by one user. */
  const record = async (...actions: string[]) => {
    const log = app.app.get(AuditLog);
    const target = { type: 'thing', id: newId() };
    const actorId = newId();
    for (const action of actions)
      await log.record({ action, target, actor: { kind: 'user', id: actorId }, after: { action } });
    return { target, actorId };
  };
  const actionsOf = ({ data }: AuditLogPageResponseDto) => data.map(({ action }) => action);

  describe.each(['/audit-log', '/audit-log/verify'])('GET %s', (path) => {
    it('asks for a sign-in (401), and for the scope audit:read (403)', async () => {
      const customer = await createUser(app);
      const other = await createStaff(app, ['users:read', 'events:read', 'settings:write']);
      expect((await app.get(path)).statusCode).toBe(401);
      expect((await app.get(path, { token: customer.token })).statusCode).toBe(403);
      expect((await app.get(path, { token: other.token })).statusCode).toBe(403);
      expect((await app.get(path, { token: reader.token })).statusCode).toBe(200);
      expect((await app.get(path, { token: (await createStaff(app, ['*'])).token })).statusCode).toBe(200);
    });

    it('refuses a parameter that it does not know', async () => {
      const response = await app.get(`${path}?user=1`, { token: reader.token });
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer: '?user' }] });
    });
  });

  describe('GET /audit-log', () => {
    it('tells who, what, before and after, when, from where and in which request', async () => {
      const { target, actorId } = await record('test.told');
      const { data } = await list(`targetId=${target.id}`);
      expect(data).toEqual([
        {
          sequence: expect.any(Number),
          id: expect.any(String),
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          action: 'test.told',
          actor: { kind: 'user', id: actorId, impersonatorId: null },
          target,
          before: null,
          after: { action: 'test.told' },
          address: null,
          userAgent: null,
          requestId: null,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]);
    });

    it('filters by actor, exact action, beginning of the action, target and time', async () => {
      const word = unique().replaceAll('-', '_').toLowerCase();
      const { target, actorId } = await record(`${word}.a_b`, `${word}.axb`, `${word}.a_b.c`, `${word}x.a`);
      const other = await record(`${word}.a_b`);
      const all = [`${word}x.a`, `${word}.a_b.c`, `${word}.axb`, `${word}.a_b`];
      expect(actionsOf(await list(`actor=${actorId}`))).toEqual(all);
      expect(actionsOf(await list(`actor=${actorId.toUpperCase()}`))).toEqual(all);
      expect(actionsOf(await list(`targetId=${target.id}`))).toEqual(all);
      expect(actionsOf(await list(`targetId=${target.id}&targetType=thing`))).toEqual(all);
      expect(actionsOf(await list(`targetId=${target.id}&targetType=user`))).toEqual([]);
      expect(actionsOf(await list(`targetType=thing&limit=2`))).toEqual([`${word}.a_b`, `${word}x.a`]);
      expect(actionsOf(await list(`action=${word}.a_b`))).toEqual([`${word}.a_b`, `${word}.a_b`]);
      expect(actionsOf(await list(`action=${word}.a_b&actor=${other.actorId}`))).toEqual([`${word}.a_b`]);
      expect(actionsOf(await list(`action=${word}.*&actor=${actorId}`))).toEqual(all.slice(1));
      expect(actionsOf(await list(`action=${word}.a_b.*`))).toEqual([`${word}.a_b.c`]);
      const { data } = await list(`actor=${actorId}`);
      const at = String(data[0]!.at);
      expect(actionsOf(await list(`actor=${actorId}&at[lte]=${at}`))).toEqual(all);
      expect(actionsOf(await list(`actor=${actorId}&at[gt]=${at}`))).toEqual([]);
      expect(actionsOf(await list(`actor=${actorId}&at[lt]=2026-01-01T00:00:00Z`))).toEqual([]);
    });

    it('walks all pages by cursor, newest first, each entry once, and counts them on request', async () => {
      const actions = Array.from({ length: 7 }, (_, index) => `test.page_${index}`);
      const { target } = await record(...actions);
      const seen: string[] = [];
      let query = `targetId=${target.id}&limit=3&count=exact`;
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: AuditLogPageResponseDto = await list(query + (cursor && `&cursor=${cursor}`));
        expect(page.total).toBe(7);
        seen.push(...actionsOf(page));
        cursor = page.nextCursor;
        // What is recorded meanwhile comes before the pages that are still to be read.
        if (cursor !== null) await app.app.get(AuditLog).record({ action: 'test.meanwhile' });
      }
      expect(seen).toEqual(actions.toReversed());
      expect(await list(`targetId=${target.id}&limit=3`)).not.toHaveProperty('total');
      query = `targetId=${target.id}&limit=3`;
      const { nextCursor } = await list(query);
      const elsewhere = await app.get(`/audit-log?limit=3&cursor=${nextCursor}`, { token: reader.token });
      expect(elsewhere.statusCode).toBe(400);
      expect(elsewhere.json()).toMatchObject({ errors: [{ pointer: '?cursor' }] });
    });

    it.each([
      ['actor=me', '?actor'],
      ['action=auth.%25', '?action'],
      ['action=*', '?action'],
      ['action=auth.*.x', '?action'],
      ['action=', '?action'],
      ['targetType=a%20b', '?targetType'],
      ['targetId=', '?targetId'],
      ['at=2026-01-01', '?at'],
      ['at[gte]=yesterday', '?at/gte'],
      ['at[eq]=2026-01-01T00:00:00Z', '?at/eq'],
      ['limit=101', '?limit'],
      ['action=a&action=b', '?action'],
    ])('refuses %s, naming %s', async (query, pointer) => {
      const response = await app.get(`/audit-log?${query}`, { token: reader.token });
      expect(response.statusCode).toBe(400);
      expect(response.json().errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    });
  });

  describe('GET /audit-log/verify', () => {
    it('says that everything is as it was recorded, and where the chain ends', async () => {
      const { target } = await record('test.first', 'test.second');
      const [last, first] = (await list(`targetId=${target.id}`)).data;
      const answer = await verify(`from=${first!.sequence}&to=${last!.sequence}`);
      expect(answer).toEqual({
        isValid: true,
        checked: 2,
        from: first!.sequence,
        to: last!.sequence,
        nextFrom: null,
        head: { sequence: last!.sequence, hash: last!.hash },
        firstProblem: null,
      });
      expect(await verify()).toMatchObject({ isValid: true, from: 1, to: last!.sequence, checked: last!.sequence });
    });

    it('OP-3: names the entry that somebody changed in the database, and why it is wrong', async () => {
      const { target } = await record('test.first', 'test.second', 'test.third');
      const [third, second, first] = (await list(`targetId=${target.id}`)).data;
      const change = (action: string) =>
        app.database.run(async () => {
          await app.database.execute(`SET LOCAL session_replication_role = replica`);
          await app.database.execute(`UPDATE audit_log SET action = $2 WHERE sequence = $1`, [
            second!.sequence,
            action,
          ]);
        });
      await change('test.other');
      const answer = await verify(`from=${first!.sequence}`);
      await change('test.second');
      expect(answer).toMatchObject({
        isValid: false,
        checked: 1,
        nextFrom: null,
        firstProblem: { sequence: second!.sequence, reason: 'hash' },
      });
      expect(await verify(`from=${first!.sequence}`)).toMatchObject({ isValid: true, to: third!.sequence });
    });

    it.each([
      ['from=0', '?from'],
      ['from=1.5', '?from'],
      ['to=x', '?to'],
      ['from=9007199254740993', '?from'],
      ['from=5&to=4', '?to'],
    ])('refuses %s, naming %s', async (query, pointer) => {
      const response = await app.get(`/audit-log/verify?${query}`, { token: reader.token });
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer }] });
    });
  });
});
