import type { InjectOptions } from 'light-my-request';
import { createKey } from '../../factories/api-key.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { deref, examplePath, isOAuth, operations } from '../docs/openapi-document.js';

/** The forms in which nothing is sent. */
const FORMS: Record<string, Pick<InjectOptions, 'payload' | 'headers'>> = {
  'no body': {},
  'an empty body': { headers: { 'content-type': 'application/json', 'content-length': '0' }, payload: '' },
  'an empty body of no type': { headers: { 'content-length': '0' }, payload: '' },
  '{}': { headers: { 'content-type': 'application/json' }, payload: '{}' },
};

/** Contract, "commands": a command whose members are all optional takes no body, an empty body or `{}` alike. */
describe('A POST without a body', () => {
  let app: TestApp;
  let admin: SignedInUser;
  let keys = 0;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  beforeEach(async () => {
    admin = await createStaff(app);
  });
  afterAll(() => app.close());

  const send = (url: string, form: string, headers: Record<string, string> = {}) =>
    app.app.inject({
      method: 'POST',
      url,
      ...FORMS[form],
      headers: {
        authorization: `Bearer ${admin.token}`,
        'idempotency-key': `nothing-${process.pid}-${Date.now()}-${++keys}`,
        ...FORMS[form]!.headers,
        ...headers,
      },
    });

  const takers = operations.filter((one) => one.method === 'POST' && one.operation.requestBody && !isOAuth(one));
  const needsMembers = (one: (typeof takers)[number]) => {
    const { required, minProperties, anyOf } = deref(one.operation.requestBody!.content['application/json']!.schema);
    return [required, minProperties, anyOf].some((need) => need !== undefined);
  };
  /** The members that have to be there; of choices, one that is told. */
  const neededBy = (one: (typeof takers)[number]) => {
    const { required, anyOf } = deref(one.operation.requestBody!.content['application/json']!.schema);
    return (required ?? anyOf!.at(-1)!.required) as string[];
  };
  const commands = takers.filter((one) => !needsMembers(one));

  it('is documented as allowed for the commands whose members are all optional, and no other', () => {
    for (const one of takers)
      expect([one.title, one.operation.requestBody!.required]).toEqual([one.title, needsMembers(one)]);
    expect(commands.map(({ path }) => path.split('/').at(-1))).toEqual(
      expect.arrayContaining(['cancel', 'disable', 'rotate', 'step-up']),
    );
  });

  it.each(commands)('$title is answered like one with {}', async ({ path, title }) => {
    const answers = [];
    for (const form of Object.keys(FORMS)) {
      const { statusCode, body } = await send(examplePath(path), form);
      const { code, errors } = JSON.parse(body) as Record<string, unknown>;
      answers.push({ statusCode, code, errors });
    }
    for (const answer of answers) expect({ title, ...answer }).toEqual({ title, ...answers.at(-1) });
    // Step-up wants one of its members; that is for its handler to say.
    if (!path.endsWith('/step-up')) expect(answers[0]!.statusCode).not.toBe(400);
  });

  it.each(Object.keys(FORMS))('(%s) cancels, disables, and rotates', async (form) => {
    const order = await createOrder(app);
    const { user } = await createUser(app);
    const { id } = await createKey(app, { creator: admin });
    const guest = { 'x-order-token': order.orderToken! };
    expect((await send(`/api/v1/orders/${order.id}/cancel`, form, guest)).json()).toMatchObject({
      status: 'cancelled',
    });
    expect((await send(`/api/v1/users/${user.id}/disable`, form)).json()).toMatchObject({ status: 'disabled' });
    expect((await send(`/api/v1/users/${user.id}/enable`, form)).json()).toMatchObject({ status: 'active' });
    expect((await send(`/api/v1/api-keys/${id}/rotate`, form)).statusCode).toBe(200);
    expect((await send('/api/v1/signing-keys/rotate', form)).statusCode).toBe(200);
  });

  it('is the same request as one with {}, for the key of a retry', async () => {
    const order = await createOrder(app);
    const headers = { 'x-order-token': order.orderToken!, 'idempotency-key': `retry-of-a-cancellation-${order.id}` };
    const first = await send(`/api/v1/orders/${order.id}/cancel`, 'no body', headers);
    const second = await send(`/api/v1/orders/${order.id}/cancel`, '{}', headers);
    expect([first.statusCode, second.statusCode, second.headers['idempotent-replayed']]).toEqual([200, 200, 'true']);
  });

  it.each(takers.filter((one) => needsMembers(one) && !one.path.includes('payment-webhooks')))(
    '$title names the members it needs',
    async (one) => {
      for (const form of ['no body', 'an empty body of no type', '{}']) {
        const answer = await send(examplePath(one.path), form);
        expect({ form, ...answer.json<object>() }).toMatchObject({ form, status: 400, code: 'request.invalid' });
        const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer);
        expect(pointers).toEqual(expect.arrayContaining(neededBy(one).map((name) => `/${name}`)));
      }
      const empty = await send(examplePath(one.path), 'an empty body');
      expect(empty.json()).toMatchObject({ status: 400, code: 'request.malformed_json' });
    },
  );

  it('is not for other methods: an empty merge patch is no JSON', async () => {
    const { headers, payload } = FORMS['an empty body']!;
    const answer = await app.app.inject({
      method: 'PATCH',
      url: '/api/v1/users/me',
      payload,
      headers: { ...headers, authorization: `Bearer ${admin.token}` },
    });
    expect(answer.json()).toMatchObject({ status: 400, code: 'request.malformed_json' });
  });
});
