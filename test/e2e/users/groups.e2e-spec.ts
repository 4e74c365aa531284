import type { CustomerGroupResponseDto } from '../../../src/users/groups/dto/customer-group.dto.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const NOBODYS = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

describe('customer groups', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, ['users:read', 'users:write']);
  });
  afterAll(() => app.close());

  const create = async (overrides: object = {}): Promise<CustomerGroupResponseDto> => {
    const answer = await app.post(
      '/customer-groups',
      { code: `group-${unique()}`, name: 'Wholesale', ...overrides },
      { token: staff.token },
    );
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<CustomerGroupResponseDto>();
  };
  const auditOf = (target: string) =>
    app.database.query<{ action: string }>(`SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`, [
      target,
    ]);

  it('are made, read, changed under If-Match, listed by code and removed', async () => {
    const made = await app.post(
      '/customer-groups',
      { code: `a-${unique()}`, name: 'Wholesale', description: 'By the pallet' },
      { token: staff.token },
    );
    expect(made.statusCode).toBe(201);
    const group = made.json<CustomerGroupResponseDto>();
    const path = `/customer-groups/${group.id}`;
    expect(made.headers.location).toBe(`/api/v1${path}`);
    const read = await app.get(path, { token: staff.token });
    expect(read.json()).toEqual(group);
    const headers = { 'if-match': String(read.headers.etag) };
    const changed = await app.patch(path, { name: 'Retail', description: null }, { token: staff.token, headers });
    expect(changed.json()).toMatchObject({ name: 'Retail', description: null, code: group.code, version: 2 });
    expect((await app.patch(path, { name: 'x' }, { token: staff.token, headers })).statusCode).toBe(412);
    expect((await app.delete(path, { token: staff.token, headers })).statusCode).toBe(412);
    expect((await app.patch(path, { name: 'Retail' }, { token: staff.token })).json().version).toBe(2);
    const first = (await app.get('/customer-groups?limit=1', { token: staff.token })).json();
    expect(first.data).toHaveLength(1);
    expect((await app.delete(path, { token: staff.token })).statusCode).toBe(204);
    expect((await app.get(path, { token: staff.token })).json().code).toBe('user.group_not_found');
    expect((await app.delete(path, { token: staff.token })).statusCode).toBe(404);
    expect((await auditOf(group.id)).map(({ action }) => action)).toEqual([
      'customer_group.created',
      'customer_group.changed',
      'customer_group.removed',
    ]);
  });

  it('have a code of their own: of 20 made with one code at the same moment one is', async () => {
    const code = `race-${unique()}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.post('/customer-groups', { code, name: 'x' }, { token: staff.token })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(answers.find(({ statusCode }) => statusCode === 409)!.json().code).toBe('user.group_code_taken');
    const other = await create();
    expect((await app.patch(`/customer-groups/${other.id}`, { code }, { token: staff.token })).json().code).toBe(
      'user.group_code_taken',
    );
  });

  it('take a user in once and let them out once, whatever comes at the same moment, and say so in the audit log', async () => {
    const { user } = await createUser(app);
    const group = await create();
    const path = `/customer-groups/${group.id}/members/${user.id}`;
    const put = () => app.put(path, undefined, { token: staff.token });
    const remove = () => app.delete(path, { token: staff.token });
    const added = await Promise.all(Array.from({ length: 20 }, put));
    expect(new Set(added.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
    const members = await app.get(`/customer-groups/${group.id}/members?count=exact`, { token: staff.token });
    expect(members.json()).toEqual({
      data: [{ userId: user.id, email: user.email, name: null, addedAt: expect.any(String) }],
      nextCursor: null,
      total: 1,
    });
    expect((await app.get(`/customer-groups/${group.id}`, { token: staff.token })).json().memberCount).toBe(1);
    const removed = await Promise.all(Array.from({ length: 20 }, remove));
    expect(new Set(removed.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
    const actions = (await auditOf(user.id)).map(({ action }) => action).filter((action) => action.includes('group'));
    expect(actions).toEqual(['user.group_joined', 'user.group_left']);
  });

  it('page through their members', async () => {
    const group = await create();
    const ids = [];
    for (let index = 0; index < 3; index++) ids.push((await createUser(app)).user.id);
    for (const id of ids)
      await app.put(`/customer-groups/${group.id}/members/${id}`, undefined, { token: staff.token });
    const path = `/customer-groups/${group.id}/members`;
    const first = (await app.get(`${path}?limit=2`, { token: staff.token })).json();
    const second = (await app.get(`${path}?limit=2&cursor=${first.nextCursor}`, { token: staff.token })).json();
    expect([...first.data, ...second.data].map(({ userId }: { userId: string }) => userId)).toEqual(ids.sort());
    const other = await create();
    const foreign = await app.get(`/customer-groups/${other.id}/members?cursor=${first.nextCursor}`, {
      token: staff.token,
    });
    expect(foreign.statusCode).toBe(400);
  });

  it('know neither groups nor users that are not there', async () => {
    const group = await create();
    const { user } = await createUser(app);
    const { token } = staff;
    const paths = [
      [`/customer-groups/${NOBODYS}/members/${user.id}`, 'user.group_not_found'],
      [`/customer-groups/${group.id}/members/${NOBODYS}`, 'user.not_found'],
    ] as const;
    for (const [path, code] of paths) {
      expect((await app.put(path, undefined, { token })).json()).toMatchObject({ status: 404, code });
      expect((await app.delete(path, { token })).json()).toMatchObject({ status: 404, code });
    }
    expect((await app.get(`/customer-groups/${NOBODYS}/members`, { token })).statusCode).toBe(404);
    expect((await app.patch(`/customer-groups/${NOBODYS}`, { name: 'x' }, { token })).statusCode).toBe(404);
  });

  it.each([
    [{ code: 'Upper' }, '/code'],
    [{ code: '' }, '/code'],
    [{ code: '1st' }, '/code'],
    [{ code: null }, '/code'],
    [{ name: ' ' }, '/name'],
    [{ name: undefined }, '/name'],
    [{ description: 'x'.repeat(2001) }, '/description'],
    [{ version: 7 }, '/version'],
    [{ memberCount: 7 }, '/memberCount'],
  ])('refuse %j with 400 naming it', async (change, pointer) => {
    const answer = await app.post(
      '/customer-groups',
      { code: `group-${unique()}`, name: 'x', ...change },
      { token: staff.token },
    );
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
  });

  it('are for staff: reading takes users:read, changing takes users:write', async () => {
    const { user, token } = await createUser(app);
    const reader = await createStaff(app, ['users:read']);
    const group = await create();
    const path = `/customer-groups/${group.id}`;
    for (const caller of [token, reader.token]) {
      for (const answer of [
        await app.post('/customer-groups', { code: 'mine', name: 'x' }, { token: caller }),
        await app.patch(path, { name: 'x' }, { token: caller }),
        await app.delete(path, { token: caller }),
        await app.put(`${path}/members/${user.id}`, undefined, { token: caller }),
        await app.delete(`${path}/members/${user.id}`, { token: caller }),
      ]) {
        expect(answer.json().code).toBe('auth.insufficient_scope');
      }
    }
    for (const readable of ['/customer-groups', path, `${path}/members`]) {
      expect((await app.get(readable, { token: reader.token })).statusCode).toBe(200);
      expect((await app.get(readable, { token })).statusCode).toBe(403);
      expect((await app.get(readable)).statusCode).toBe(401);
    }
  });
});
