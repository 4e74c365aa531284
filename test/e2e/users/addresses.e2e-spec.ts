import type { AddressResponseDto } from '../../../src/users/addresses/dto/address.dto.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const LONDON = {
  name: 'Ada Lovelace',
  line1: '12 Main Street',
  city: 'London',
  postalCode: 'sw1y4jh',
  countryCode: 'gb',
};
const NOBODYS = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

describe('the address book', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const add = async (owner: SignedInUser, overrides: object = {}): Promise<AddressResponseDto> => {
    const answer = await app.post('/users/me/addresses', { ...LONDON, ...overrides }, { token: owner.token });
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<AddressResponseDto>();
  };
  const listOf = async ({ token }: SignedInUser, query = ''): Promise<AddressResponseDto[]> =>
    (await app.get(`/users/me/addresses?limit=100${query}`, { token })).json<{ data: AddressResponseDto[] }>().data;

  it('POST adds an address as its country writes it, at its Location, with an entity tag of its version', async () => {
    const owner = await createUser(app);
    const answer = await app.post('/users/me/addresses', { ...LONDON, label: 'Home' }, { token: owner.token });
    expect(answer.statusCode).toBe(201);
    const { id, createdAt, updatedAt, ...rest } = answer.json<AddressResponseDto>();
    expect(rest).toEqual({
      label: 'Home',
      name: 'Ada Lovelace',
      company: null,
      line1: '12 Main Street',
      line2: null,
      city: 'London',
      region: null,
      postalCode: 'SW1Y 4JH',
      countryCode: 'GB',
      phone: null,
      isDefaultShipping: false,
      isDefaultBilling: false,
      version: 1,
    });
    expect(createdAt).toBe(updatedAt);
    expect(answer.headers.location).toBe(`/api/v1/users/me/addresses/${id}`);
    const read = await app.get(`/users/me/addresses/${id}`, { token: owner.token });
    expect(read.json()).toEqual(answer.json());
    expect(read.headers.etag).toMatch(/^"1-/);
    expect(read.headers['cache-control']).toBe('private, no-store');
  });

  it.each([
    [{ postalCode: undefined }, '/postalCode', 'postal_code'],
    [{ postalCode: '50667' }, '/postalCode', 'postal_code'],
    [{ countryCode: 'US', postalCode: '94105' }, '/region', 'region'],
    [{ countryCode: 'US', postalCode: '94105', region: 'NSW' }, '/region', 'region'],
    [{ countryCode: 'XX' }, '/countryCode', 'isISO31661Alpha2'],
    [{ name: '' }, '/name', expect.any(String)],
    [{ name: 'Ada\r\nBcc: x@y.z' }, '/name', 'matches'],
    [{ line1: 'x'.repeat(201) }, '/line1', 'maxLength'],
    [{ city: 5 }, '/city', expect.any(String)],
    [{ isDefaultShipping: 'yes' }, '/isDefaultShipping', 'isBoolean'],
    [{ label: null }, '/label', expect.any(String)],
  ])('POST refuses %j with 400 request.invalid at %s', async (change, pointer, code) => {
    const owner = await createUser(app);
    const answer = await app.post('/users/me/addresses', { ...LONDON, ...change }, { token: owner.token });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer, code }] });
    expect(await listOf(owner)).toEqual([]);
  });

  it('PATCH merges (RFC 7396): what is absent stays, null removes, and the whole must still be an address of its country', async () => {
    const owner = await createUser(app);
    const { id } = await add(owner, { label: 'Home', line2: 'Flat 3' });
    const change = (body: object) => app.patch(`/users/me/addresses/${id}`, body, { token: owner.token });
    expect((await change({ line2: null, label: null, line1: '13 Main Street' })).json()).toMatchObject({
      line1: '13 Main Street',
      line2: null,
      label: null,
      postalCode: 'SW1Y 4JH',
      version: 2,
    });
    expect((await change({ line1: '13 Main Street' })).json().version).toBe(2);
    expect((await change({ countryCode: 'DE' })).json().errors).toEqual([
      expect.objectContaining({ pointer: '/postalCode', code: 'postal_code' }),
    ]);
    expect((await change({ postalCode: null })).statusCode).toBe(400);
    expect((await change({ name: null })).statusCode).toBe(400);
    expect((await change({ countryCode: 'DE', postalCode: '50667', city: 'Köln' })).json()).toMatchObject({
      countryCode: 'DE',
      postalCode: '50667',
      version: 3,
    });
  });

  it('lets one of 20 parallel changes with one If-Match through: one 200, 19 412; and DELETE minds it too', async () => {
    const owner = await createUser(app);
    const { id } = await add(owner);
    const path = `/users/me/addresses/${id}`;
    const { etag } = (await app.get(path, { token: owner.token })).headers;
    const headers = { 'if-match': String(etag) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        app.patch(path, { line1: `${index} Main Street` }, { token: owner.token, headers }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
    expect(answers.find(({ statusCode }) => statusCode === 412)!.headers.etag).toMatch(/^"2/);
    expect((await app.delete(path, { token: owner.token, headers })).statusCode).toBe(412);
    expect((await app.delete(path, { token: owner.token })).statusCode).toBe(204);
    expect((await app.delete(path, { token: owner.token })).statusCode).toBe(404);
  });

  it('has one default for deliveries and one for invoices at most; a new one takes the mark from the old', async () => {
    const owner = await createUser(app);
    const first = await add(owner, { isDefaultShipping: true, isDefaultBilling: true });
    const second = await add(owner, { isDefaultShipping: true });
    expect(await listOf(owner)).toEqual([
      expect.objectContaining({ id: second.id, isDefaultShipping: true, isDefaultBilling: false, version: 1 }),
      expect.objectContaining({ id: first.id, isDefaultShipping: false, isDefaultBilling: true, version: 2 }),
    ]);
    await app.patch(`/users/me/addresses/${second.id}`, { isDefaultBilling: true }, { token: owner.token });
    expect((await listOf(owner)).map(({ isDefaultBilling }) => isDefaultBilling)).toEqual([true, false]);
    await app.patch(`/users/me/addresses/${second.id}`, { isDefaultBilling: false }, { token: owner.token });
    expect((await listOf(owner)).map(({ isDefaultBilling }) => isDefaultBilling)).toEqual([false, false]);
  });

  it('keeps one default when 20 addresses become it at the same moment', async () => {
    const owner = await createUser(app);
    const made = await Promise.all(Array.from({ length: 10 }, () => add(owner, { isDefaultShipping: true })));
    const changes = await Promise.all(
      made.flatMap(({ id }) =>
        [true, true].map((isDefault) =>
          app.patch(
            `/users/me/addresses/${id}`,
            { isDefaultShipping: isDefault, isDefaultBilling: isDefault },
            { token: owner.token },
          ),
        ),
      ),
    );
    expect(new Set(changes.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    const addresses = await listOf(owner);
    expect(addresses.filter(({ isDefaultShipping }) => isDefaultShipping)).toHaveLength(1);
    expect(addresses.filter(({ isDefaultBilling }) => isDefaultBilling)).toHaveLength(1);
  });

  it('has one default at most whatever the code does: the database refuses a second', async () => {
    const owner = await createUser(app);
    await add(owner, { isDefaultShipping: true, isDefaultBilling: true });
    await add(owner);
    for (const column of ['is_default_shipping', 'is_default_billing']) {
      await expect(
        app.database.execute(`UPDATE addresses SET ${column} = true WHERE user_id = $1`, [owner.user.id]),
      ).rejects.toThrow(/addresses_default_(shipping|billing)_key/);
    }
  });

  it('holds 50 addresses and no more, also when 20 come at the same moment', async () => {
    const owner = await createUser(app);
    await app.database.execute(
      `INSERT INTO addresses (id, user_id, name, line1, city, country_code)
       SELECT gen_random_uuid(), $1, 'x', 'y', 'z', 'HK' FROM generate_series(1, 45)`,
      [owner.user.id],
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app.post('/users/me/addresses', LONDON, { token: owner.token })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([
      ...Array<number>(5).fill(201),
      ...Array<number>(15).fill(409),
    ]);
    expect(answers.find(({ statusCode }) => statusCode === 409)!.json().code).toBe('user.too_many_addresses');
    expect(await listOf(owner)).toHaveLength(50);
  });

  it('AC-1: somebody else’s address is 404 in every way, like one that never was, and stays as it is', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    const staff = await createStaff(app);
    const address = await add(owner, { isDefaultShipping: true });
    for (const { token } of [stranger, staff]) {
      for (const id of [address.id, NOBODYS]) {
        const path = `/users/me/addresses/${id}`;
        const answers = [
          await app.get(path, { token }),
          await app.patch(path, { line1: 'Mine now', isDefaultBilling: true }, { token }),
          await app.patch(path, { line1: 'Mine now' }, { token, headers: { 'if-match': '"1"' } }),
          await app.delete(path, { token }),
        ];
        expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual(
          Array(4).fill([404, 'user.address_not_found']),
        );
      }
    }
    await add(stranger, { isDefaultShipping: true });
    expect(await listOf(owner)).toEqual([address]);
  });

  it('AC-4: takes neither an owner, an id nor a version', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    const { id } = await add(owner);
    for (const member of ['id', 'userId', 'customerId', 'version', 'createdAt', 'updatedAt']) {
      const extra = { [member]: stranger.user.id };
      for (const answer of [
        await app.post('/users/me/addresses', { ...LONDON, ...extra }, { token: owner.token }),
        await app.patch(`/users/me/addresses/${id}`, { line1: 'x', ...extra }, { token: owner.token }),
      ]) {
        expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${member}`, code: 'unknown' }] });
      }
    }
    expect(await listOf(stranger)).toEqual([]);
    expect((await listOf(owner)).map(({ line1 }) => line1)).toEqual([LONDON.line1]);
  });

  it('AC-6: an order takes an address by its content only, never by the id of an entry', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    const { id } = await add(owner);
    const answer = await app.post(
      '/orders',
      { lines: [{ variantId: NOBODYS, quantity: 1 }], shippingAddress: { ...LONDON, id } },
      { token: stranger.token, key: true },
    );
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: '/shippingAddress/id', code: 'unknown' }] });
    for (const member of ['shippingAddressId', 'addressId']) {
      const other = await app.post(
        '/orders',
        { lines: [{ variantId: NOBODYS, quantity: 1 }], [member]: id },
        { token: stranger.token, key: true },
      );
      expect(other.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${member}`, code: 'unknown' }] });
    }
  });

  it('AC-8: lists one’s own only, page by page with an exact count; the cursor of another reader is 400', async () => {
    const owner = await createUser(app);
    const stranger = await createUser(app);
    const ids = [];
    for (let index = 0; index < 3; index++) ids.unshift((await add(owner)).id);
    const first = await app.get('/users/me/addresses?limit=2&count=exact', { token: owner.token });
    expect(first.json()).toMatchObject({ total: 3, data: [{ id: ids[0] }, { id: ids[1] }] });
    const { nextCursor } = first.json<{ nextCursor: string }>();
    const second = await app.get(`/users/me/addresses?limit=2&cursor=${nextCursor}`, { token: owner.token });
    expect(second.json()).toMatchObject({ data: [{ id: ids[2] }], nextCursor: null });
    await add(stranger);
    expect((await app.get(`/users/me/addresses?cursor=${nextCursor}`, { token: stranger.token })).json()).toMatchObject(
      {
        status: 400,
        errors: [{ pointer: '?cursor' }],
      },
    );
    for (const query of [`userId=${owner.user.id}`, `customerId=${owner.user.id}`, `ids=${ids[0]}`]) {
      expect((await app.get(`/users/me/addresses?${query}`, { token: stranger.token })).statusCode).toBe(400);
    }
    expect((await app.get('/users/me/addresses?count=exact', { token: stranger.token })).json().total).toBe(1);
  });

  it('needs a signed-in caller', async () => {
    for (const answer of [
      await app.get('/users/me/addresses'),
      await app.post('/users/me/addresses', LONDON),
      await app.get(`/users/me/addresses/${NOBODYS}`),
      await app.patch(`/users/me/addresses/${NOBODYS}`, {}),
      await app.delete(`/users/me/addresses/${NOBODYS}`),
    ]) {
      expect(answer.statusCode).toBe(401);
    }
  });
});

describe('addresses of orders', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('are checked like those of the address book, naming the place', async () => {
    const answer = await app.post(
      '/orders',
      {
        email: 'guest@example.com',
        lines: [{ variantId: NOBODYS, quantity: 1 }],
        shippingAddress: { ...LONDON, countryCode: 'US', postalCode: 'x' },
      },
      { key: true },
    );
    expect(answer.json()).toMatchObject({
      status: 400,
      errors: [
        { pointer: '/shippingAddress/postalCode', code: 'postal_code' },
        { pointer: '/shippingAddress/region', code: 'region' },
      ],
    });
  });
});
