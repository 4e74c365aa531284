import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Response } from 'light-my-request';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { TestApp, type TestRequest } from '../../support/test-app.js';
import {
  deref,
  examplePath,
  ignoresCredentials,
  isOAuth,
  isOfProviders,
  type JsonSchema,
  openApi,
  type Operation,
  operations,
  isStream,
} from './openapi-document.js';

/** Served, but no part of the contract: the docs themselves, and what only development has. */
/** Doors for people and for Prometheus, which are no JSON. */
const NOT_DOCUMENTED = /^\/($|(docs|dev|account|admin|metrics|\.well-known\/security\.txt)\b)/;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const PROBLEM = 'application/problem+json';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', components: openApi.components });

const validators = new Map<string, ValidateFunction>();

/** Compiled once: every answer is checked. */
function validatorOf(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components');
  const known = validators.get(text) ?? ajv.compile(JSON.parse(text) as object);
  validators.set(text, known);
  return known;
}

const template = (path: string) => path.replace(/:[^/]+|\{[^}]+\}/g, '{}');

/** True when a request for `path` reaches `other` too: each parameter takes any segment. */
const covers = (other: string, path: string) =>
  new RegExp(`^${template(other).replace(/[.]/g, '\\.').replaceAll('{}', '[^/]+')}$`).test(template(path));

describe('Every operation of openapi.json', () => {
  let app: TestApp;
  let tokens: { customer: string; staff: string; admin: string };

  beforeAll(async () => {
    app = await TestApp.start();
    const [customer, staff] = await Promise.all([createUser(app), createStaff(app, [])]);
    tokens = { customer: customer.token, staff: staff.token, admin: '' };
  });
  beforeEach(async () => {
    // Some operations end sessions, or the account.
    tokens.admin = (await createStaff(app)).token;
  });
  afterAll(() => app.close());

  const send = ({ method, path }: Pick<Operation, 'method' | 'path'>, request: TestRequest = {}): Promise<Response> =>
    app.send(method, `/${examplePath(path)}`, { key: true, ...request });

  /** What the operation shows as its body, if it takes one. */
  const exampleBody = ({ operation }: Operation): unknown =>
    operation.requestBody?.content['application/json']?.example;

  /** Fails on a status, media type or body that the document does not have. */
  function expectDocumented({ operation, title }: Operation, response: Response): void {
    const { statusCode, headers } = response;
    const documented = operation.responses[statusCode];
    expect({ title, statusCode, isDocumented: documented !== undefined }).toMatchObject({ isDocumented: true });
    const answer = deref(documented!);
    const type = String(headers['content-type'] ?? '').split(';')[0]!;
    expect(Object.keys(answer.content ?? {})).toEqual(type === '' ? [] : [type]);
    // Of the refusals with 403, those for want of a scope carry a challenge (RFC 6750 section 3.1).
    const isOtherRefusal = statusCode === 403 && response.json<{ code: string }>().code !== 'auth.insufficient_scope';
    for (const name of Object.keys(answer.headers ?? {})) {
      if (name === 'WWW-Authenticate' && isOtherRefusal) continue;
      if (['X-Request-Id', 'RateLimit', 'WWW-Authenticate', 'Location'].includes(name))
        expect(Object.keys(headers)).toContain(name.toLowerCase());
    }
    if (type === '') return;
    const validate = validatorOf(answer.content![type]!.schema);
    validate(type === 'text/event-stream' ? response.body : response.json());
    expect({ title, errors: validate.errors }).toEqual({ title, errors: null });
    if (type === PROBLEM)
      expect(Object.keys(answer.content![PROBLEM]!.examples!)).toContain(response.json<{ code: string }>().code);
  }

  it('is served, and everything that is served is there', () => {
    const served = new Set<string>();
    const parents: string[] = [];
    for (const line of app.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }).split('\n')) {
      const [, indent = '', segment, methods] = /^((?:[│ ] {3})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
      if (segment === undefined) continue;
      parents.splice(indent.length / 4, Infinity, segment);
      const path = parents.join('');
      if (!methods || NOT_DOCUMENTED.test(path) || path.includes('*')) continue;
      for (const method of methods.split(', ')) if (method !== 'HEAD') served.add(`${method} ${template(path)}`);
    }
    expect([...served].sort()).toEqual(
      [...new Set(operations.map(({ method, path }) => `${method} ${template(path)}`))].sort(),
    );
  });

  describe.each(operations)('$title', (one) => {
    const { method, path, operation } = one;
    const permission = operation['x-permission'];
    const isApi = path.startsWith('/api/');

    it('lets in who may call it and nobody else', async () => {
      const body = operation.requestBody ? {} : undefined;
      const anonymous = await send(one, { body });
      expectDocumented(one, anonymous);
      if (permission === 'public') {
        expect(anonymous.statusCode).not.toBe(403);
      } else {
        expect(anonymous.statusCode).toBe(401);
        expect(anonymous.headers['www-authenticate']).toBe('Bearer realm="storehouse"');
        expect(anonymous.json()).toMatchObject({ code: 'auth.required' });
      }
      for (const token of [tokens.customer, tokens.staff]) {
        if (permission === 'public' || permission === 'signed-in') continue;
        const refused = await send(one, { body, token });
        expectDocumented(one, refused);
        expect(refused.statusCode).toBe(403);
        expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope"');
      }
      const admin = await send(one, { body, token: tokens.admin });
      expectDocumented(one, admin);
      // What a handler refuses, such as a wrong password, is not of interest here.
      if ([401, 403].includes(admin.statusCode))
        expect(['auth.required', 'auth.insufficient_scope']).not.toContain(admin.json<{ code: string }>().code);
    });

    it('refuses a token that is none, also where none is needed', async () => {
      const response = await send(one, { token: 'not.a.token', body: operation.requestBody ? {} : undefined });
      // Where OAuth looks for a client, this is a JSON body before all else.
      const isForgiving = ignoresCredentials(one) || path === '/api/v1/invites/accept';
      if (isApi && !isForgiving) expect(response.statusCode).toBe(isOAuth(one) ? 400 : 401);
      expectDocumented(one, response);
    });

    it('answers the methods it does not have with 405 and exactly those it has', async () => {
      const known = operations.filter((other) => covers(other.path, path)).map((other) => other.method);
      const allowed = [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort().join(', ');
      for (const other of METHODS.filter((name) => !known.includes(name))) {
        const response = await app.send(other, `/${examplePath(path)}`, { token: tokens.admin });
        expect({ other, status: response.statusCode, allow: response.headers.allow }).toEqual({
          other,
          status: 405,
          allow: allowed,
        });
        expect(response.headers['content-type']).toContain(PROBLEM);
      }
      const options = await app.send('OPTIONS', `/${examplePath(path)}`);
      expect([options.statusCode, options.headers.allow]).toEqual([204, allowed]);
    });

    it('AC-5: refuses parameters it does not know, and gives documented answers to bad ones and to its own example', async () => {
      const body = exampleBody(one);
      const garbage = path.replace(/\{[^}]+\}/g, '%27%22%F0%9F%98%80');
      if (garbage !== path) {
        const response = await app.send(method, `/${garbage}`, { token: tokens.admin, body, key: true });
        expect([400, 404]).toContain(response.statusCode);
        expectDocumented(one, response);
      }
      const unknown = await app.send(method, `/${examplePath(path)}?unknownParameter=1`, {
        token: tokens.admin,
        body,
        key: true,
      });
      expectDocumented(one, unknown);
      expect(unknown.statusCode).toBe(400);
      expectDocumented(one, await send(one, { token: tokens.admin, body }));
    });
  });

  describe.each(operations.filter(({ path }) => path.startsWith('/api/')))('$title', (one) => {
    it('refuses to answer in anything but JSON', async () => {
      const response = await send(one, { headers: { accept: 'application/xml' } });
      expect(response.statusCode).toBe(406);
      expectDocumented(one, response);
    });
  });

  describe.each(operations.filter(({ method }) => method === 'GET'))('$title', (one) => {
    it('answers HEAD with the header of GET and no body', async () => {
      const get = await send(one, { token: tokens.admin });
      const head = await app.send('HEAD', `/${examplePath(one.path)}`, { token: tokens.admin });
      expect([head.statusCode, head.body]).toEqual([get.statusCode, '']);
      for (const name of [
        'content-type',
        'content-length',
        'etag',
        'cache-control',
        'vary',
        'content-security-policy',
      ]) {
        expect({ name, value: head.headers[name] }).toEqual({ name, value: get.headers[name] });
      }
    });

    it('answers 304 to who has the current representation', async () => {
      const get = await send(one, { token: tokens.admin });
      if (get.statusCode !== 200 || isStream(one)) return;
      const again = await send(one, { token: tokens.admin, headers: { 'if-none-match': String(get.headers.etag) } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
      for (const name of ['etag', 'cache-control', 'vary']) expect(again.headers[name]).toBe(get.headers[name]);
    });
  });

  describe.each(operations.filter(({ operation }) => operation.requestBody))('$title', (one) => {
    const raw = (payload: string | Buffer, type = 'application/json') =>
      app.app.inject({
        method: one.method,
        url: examplePath(one.path),
        headers: {
          'content-type': type,
          authorization: `Bearer ${tokens.admin}`,
          'idempotency-key': `raw-${Date.now()}-${payload.length}`,
        },
        payload,
      });

    it('refuses a body that is not JSON, with the status of the reason', async () => {
      const text = await raw('{}', 'text/plain');
      const broken = await raw('{"a":');
      const list = await raw('[]');
      const large = await raw(`{"a":"${'x'.repeat(1024 * 1024)}"}`);
      expect([text, broken, list, large].map(({ statusCode }) => statusCode)).toEqual([415, 400, 400, 413]);
      for (const response of [text, broken, list, large]) expectDocumented(one, response);
    });

    it('AC-4: refuses members it does not know, by name, and changes nothing by them', async () => {
      // RFC 6749 section 3.2 has them ignored.
      if (isOAuth(one) || isOfProviders(one)) return;
      const names = ['isAdmin', 'roles', 'unitPrice', 'customerId', 'createdAt', 'version', 'constructor', 'toString'];
      const properties = Object.keys(
        deref(one.operation.requestBody!.content['application/json']!.schema).properties ?? {},
      );
      const unknown = names.filter((name) => !properties.includes(name));
      const body = { ...(exampleBody(one) as object), ...Object.fromEntries(unknown.map((name) => [name, 1])) };
      for (const name of unknown) {
        const { [name as 'isAdmin']: value } = body as Record<string, unknown>;
        const response = await send(one, {
          token: tokens.admin,
          body: { ...(exampleBody(one) as object), [name]: value },
        });
        expect({ name, status: response.statusCode }).toEqual({ name, status: 400 });
        expect(response.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toContain(
          `/${name}`,
        );
      }
    });

    it('refuses null, lists, texts and numbers in the place of each other', async () => {
      // A form has nothing but texts.
      if (isOAuth(one)) return;
      const { properties = {} } = deref(one.operation.requestBody!.content['application/json']!.schema);
      for (const name of Object.keys(properties)) {
        for (const value of [null, [], [[]], {}, [{}], '', 'text', -1, 0.5, 2 ** 53, true, '\u0000']) {
          const body = { ...(exampleBody(one) as object), [name]: value };
          const response = await send(one, { token: tokens.admin, body });
          expect({ name, value, isFailure: response.statusCode >= 500 }).toEqual({ name, value, isFailure: false });
          expectDocumented(one, response);
        }
      }
    });
  });

  it('would notice an answer that is not documented', async () => {
    const [first] = operations;
    const response = await app.get('//nowhere');
    expect(() => expectDocumented(first!, response)).toThrow();
  });
});
