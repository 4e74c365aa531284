import { Body, Controller, Module } from '@nestjs/common';
import { IsString } from 'class-validator';
import { AppModule } from '../../../src/app.module.js';
import { AuditLog } from '../../../src/audit/audit-log.js';
import type { AuditEntryResponseDto } from '../../../src/audit/dto/audit-log.dto.js';
import { Post } from '../../../src/common/idempotency/write.decorators.js';
import { newId } from '../../../src/common/ids.js';
import { Public } from '../../../src/common/security/access.decorators.js';
import { createStaff, createUser, signIn, TEST_PASSWORD, unique } from '../../factories/user.factory.js';
import { TestApp, type TestRequest } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';

class ThingDto {
  @IsString()
  id: string;
}

@Controller({ path: 'recorded', version: '1' })
class RecordedController {
  constructor(private readonly audit: AuditLog) {}

  @Post()
  @Public()
  record(@Body() { id }: ThingDto): Promise<void> {
    return this.audit.record({ action: 'test.recorded', target: { type: 'thing', id } });
  }
}

@Module({ controllers: [RecordedController] })
class RecordedModule {}

describe('what a request leaves in the audit log', () => {
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    const root = AppModule.register(testEnvironment());
    app = await TestApp.start({}, { root: { ...root, imports: [...(root.imports ?? []), RecordedModule] } });
    ({ token } = await createStaff(app, ['audit:read']));
  });
  afterAll(() => app.close());

  const entryOf = async (request: TestRequest): Promise<AuditEntryResponseDto> => {
    const id = newId();
    expect((await app.post('/recorded', { id }, request)).statusCode).toBe(201);
    const { data } = (await app.get(`/audit-log?targetId=${id}`, { token })).json();
    expect(data).toHaveLength(1);
    return data[0];
  };

  it('says where it came from, with what, and under which id; of nobody that it was nobody', async () => {
    const headers = { 'user-agent': 'curl/8 "x"', 'x-request-id': 'audit-1', 'x-forwarded-for': '198.51.100.7' };
    expect(await entryOf({ headers })).toMatchObject({
      actor: { kind: 'anonymous', id: null, impersonatorId: null },
      address: '127.0.0.1',
      userAgent: 'curl/8 "x"',
      requestId: 'audit-1',
    });
  });

  it('names the user, and the member of staff who acts as them', async () => {
    const { user, ...session } = await createUser(app);
    expect(await entryOf({ token: session.token })).toMatchObject({
      actor: { kind: 'user', id: user.id, impersonatorId: null },
    });
    const { user: staff } = await createStaff(app);
    const acting = await signIn(app, user.id);
    await app.database.execute(`UPDATE sessions SET impersonator_id = $2 WHERE id = $1`, [acting.sessionId, staff.id]);
    expect(await entryOf({ token: acting.token })).toMatchObject({
      actor: { kind: 'user', id: user.id, impersonatorId: staff.id },
    });
  });

  it('tells requests that run side by side apart', async () => {
    const users = await Promise.all(Array.from({ length: 20 }, () => createUser(app)));
    const entries = await Promise.all(
      users.map((user, index) => entryOf({ token: user.token, headers: { 'x-request-id': `side-${index}` } })),
    );
    expect(entries.map(({ actor, requestId }) => [actor.id, requestId])).toEqual(
      users.map(({ user }, index) => [user.id, `side-${index}`]),
    );
  });

  it('holds no e-mail address and no password of a registration and of sign-ins, good and bad', async () => {
    const email = `secretive-${unique()}@example.com`;
    const password = `${TEST_PASSWORD} ${unique()}`;
    await app.post('/auth/register', { email, password, name: 'Ada' });
    await app.post('/auth/login', { email, password });
    await app.post('/auth/login', { email, password: `${password} not` });
    const { user } = await createUser(app);
    const answer = await app.post('/auth/login', { email: user.email, password: TEST_PASSWORD });
    expect(answer.statusCode).toBe(200);
    const { data } = (await app.get(`/audit-log?actor=${user.id}&action=auth.*`, { token })).json();
    expect(data).toMatchObject([{ action: 'auth.signed_in', actor: { kind: 'user', id: user.id } }]);
    const found = await app.database.query(
      `SELECT sequence FROM audit_log WHERE audit_log::text LIKE ANY (ARRAY['%@example.com%', $1, $2])`,
      [`%${password}%`, `%${answer.json<{ accessToken: string }>().accessToken}%`],
    );
    expect(found).toEqual([]);
  });
});
