import type { Response } from 'light-my-request';
import { type Scope, SCOPES } from '../../../src/common/security/scopes.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { TestApp, type TestRequest } from '../../support/test-app.js';
import { examplePath, type Operation, operations } from '../docs/openapi-document.js';
import { ACCESS_MATRIX, type Rule } from './access-matrix.js';

type Caller =
  'anonymous' | 'customer' | 'other customer' | 'staff without the scope' | 'staff with the scope' | 'admin';

const CALLERS: readonly Caller[] = [
  'anonymous',
  'customer',
  'other customer',
  'staff without the scope',
  'staff with the scope',
  'admin',
];

/** Whether a caller gets past the guards; what a handler then finds (404, 400, …) is not of interest here. */
function expected(rule: Rule, caller: Caller): 'let through' | 401 | 403 {
  if (rule === 'public') return 'let through';
  if (caller === 'anonymous') return 401;
  if (rule === 'signed-in' || caller === 'admin' || caller === 'staff with the scope') return 'let through';
  return 403;
}

function found(response: Response): 'let through' | 401 | 403 {
  const { code } = response.headers['content-type']?.toString().includes('problem')
    ? response.json<{ code: string }>()
    : { code: '' };
  if (response.statusCode === 401 && code === 'auth.required') return 401;
  if (response.statusCode === 403 && code === 'auth.insufficient_scope') return 403;
  return 'let through';
}

const key = ({ method, path }: Operation) => `${method} ${path.replace(/^\/api\/v1/, '')}`;
const scopesOf = (rule: Rule): readonly Scope[] => (rule === 'public' || rule === 'signed-in' ? [] : rule);

describe('who may call what', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  /** Somebody new for each call: some operations end sessions, or the account. */
  const tokenOf = async (caller: Caller, rule: Rule): Promise<string | undefined> => {
    const opening = scopesOf(rule);
    switch (caller) {
      case 'anonymous':
        return undefined;
      case 'customer':
      case 'other customer':
        return (await createUser(app)).token;
      case 'staff without the scope':
        return (
          await createStaff(
            app,
            SCOPES.filter((scope) => !opening.includes(scope)),
          )
        ).token;
      case 'staff with the scope':
        return (await createStaff(app, opening.slice(0, 1))).token;
      case 'admin':
        return (await createStaff(app)).token;
    }
  };
  const call = ({ method, path, operation }: Operation, token: string | undefined): Promise<Response> => {
    const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    const request: TestRequest = { key: method === 'POST' || method === 'PATCH' ? true : undefined, token };
    if (type === 'application/x-www-form-urlencoded') return app.send(method, `/${examplePath(path)}`, request);
    return app.send(method, `/${examplePath(path)}`, { ...request, body: media?.example });
  };

  it('AC-2: the matrix has every operation of the document, and no other', () => {
    expect(Object.keys(ACCESS_MATRIX).sort()).toEqual(operations.map(key).sort());
  });

  it('AC-2: the document says of each operation what the matrix says', () => {
    const documented = Object.fromEntries(
      operations.map((operation) => [key(operation), operation.operation['x-permission']]),
    );
    const wanted = Object.fromEntries(
      Object.entries(ACCESS_MATRIX).map(([name, rule]) => [name, typeof rule === 'string' ? rule : rule.join(' ')]),
    );
    expect(documented).toEqual(wanted);
  });

  describe.each(operations.map((operation) => [key(operation), operation] as const))('AC-2: %s', (name, operation) => {
    const rule = ACCESS_MATRIX[name] ?? [];

    it.each(CALLERS)('%s', async (caller) => {
      const response = await call(operation, await tokenOf(caller, rule));
      expect({ outcome: found(response), body: response.body.slice(0, 300) }).toEqual({
        outcome: expected(rule, caller),
        body: expect.any(String) as unknown,
      });
      expect(response.statusCode).toBeLessThan(500);
      const challenge = response.headers['www-authenticate'];
      if (found(response) === 401) expect(challenge).toBe('Bearer realm="storehouse"');
      if (found(response) === 403) expect(challenge).toContain('error="insufficient_scope"');
    });
  });
});
