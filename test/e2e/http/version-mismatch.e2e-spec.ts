import { createKey } from '../../factories/api-key.factory.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { createFulfilments, TEST_ADDRESS } from '../../factories/fulfilment.factory.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createCode, createPromotion } from '../../factories/promotion.factory.js';
import { createMethod, createZone } from '../../factories/shipping-method.factory.js';
import { createUser, createStaff, type SignedInUser, unique } from '../../factories/user.factory.js';
import { TestApp, type TestRequest } from '../../support/test-app.js';
import { operations } from '../docs/openapi-document.js';

interface Made {
  /** Where the resource is read. */
  path: string;
  request: TestRequest;
  /** Where it is changed, below that, and with what; unless the operation says it. */
  below?: string;
  body?: object;
}

const ADDRESS = { name: 'Ada', line1: '12 Main Street', city: 'London', postalCode: 'SW1A 1AA', countryCode: 'GB' };
/** Where no other test sends anything. */
const ANTARCTICA = { name: 'Ada', line1: 'Troll', city: 'Jutulsessen', countryCode: 'AQ' };

/** Contract, "lost updates": the tag of a 412 is that of a GET by the same caller, and opens the next try. */
describe('A change of another version', () => {
  let app: TestApp;
  let admin: SignedInUser;
  /** Takes away, latest first, what would change what things cost in the tests that come after. */
  const undo: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    app = await TestApp.start();
  });
  beforeEach(async () => {
    admin = await createStaff(app);
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  afterAll(() => app.close());

  const asStaff = (path: string): Made => ({ path, request: { token: admin.token } });
  const posted = async (path: string, body: object, token = admin.token): Promise<Made> => {
    const answer = await app.post(path, body, { token });
    expect(answer.statusCode).toBe(201);
    const { id, name } = answer.json<{ id: string; name: string }>();
    return { path: `${path}/${path === '/roles' ? name : id}`, request: { token } };
  };
  const key = async () => asStaff(`/api-keys/${(await createKey(app, { creator: admin })).id}`);
  const me = async () => ({ path: '/users/me', request: { token: (await createUser(app)).token } });
  const user = async () => asStaff(`/users/${(await createUser(app)).user.id}`);
  const disabled = async () => {
    const made = await user();
    await app.post(`${made.path}/disable`, { reason: 'x' }, made.request);
    return made;
  };
  const address = async () => posted('/users/me/addresses', ADDRESS, (await createUser(app)).token);
  const hook = () => posted('/webhook-endpoints', { url: 'https://93.184.216.34/hooks', types: ['order.*'] });
  const group = () => posted('/customer-groups', { code: `g-${unique()}`, name: 'Group' });
  const invite = () => posted('/invites', { email: `${unique()}@example.com`, roles: ['support'] });
  const role = () => posted('/roles', { name: `r-${unique()}`, description: 'x', scopes: ['orders:read'] });
  const category = () => posted('/categories', { name: `Category ${unique()}` });
  const product = async () => asStaff(`/products/${(await createProduct(app, { status: 'draft' })).id}`);
  const published = async () => asStaff(`/products/${(await createProduct(app)).id}`);
  const variant = async () => asStaff(`/variants/${(await createProduct(app)).variants[0]!.id}`);
  const spare = async () =>
    asStaff(`/variants/${(await createProduct(app, { status: 'draft', stock: 0 })).variants[0]!.id}`);
  const order = async () => {
    const placed = await createOrder(app);
    return { path: `/orders/${placed.id}`, request: guestOf(placed) };
  };

  const cart = async () => {
    const made = await createCart(app);
    return { path: `/carts/${made.id}`, request: holderOf(made) };
  };
  const cartAndVariant = async () => {
    const body = { variantId: (await createProduct(app)).variants[0]!.id, quantity: 1 };
    return { ...(await cart()), body };
  };
  const cartLine = async () => {
    const made = await createCart(app);
    return { path: `/carts/${made.id}`, request: holderOf(made), below: `/lines/${made.lines[0]!.id}` };
  };

  const draft = async () => {
    const lines = [{ variantId: (await createProduct(app)).variants[0]!.id, quantity: 1 }];
    const body = { email: `draft-${unique()}@example.com`, lines };
    const made = await app.post('/orders/drafts', body, { token: admin.token });
    return asStaff(`/orders/${made.json<{ id: string }>().id}`);
  };
  const note = async () => posted(`/orders/${(await createOrder(app)).id}/notes`, { text: 'Ring twice' });

  const passing = (path: string): Made => {
    const made = asStaff(path);
    undo.push(async () => expect([204, 404]).toContain((await app.delete(path, made.request)).statusCode));
    return made;
  };
  const taxRate = async () => {
    const body = { name: 'VAT', rate: '0.1', country: 'AQ', status: 'inactive' };
    return passing((await posted('/tax-rates', body)).path);
  };
  const taxSettings = async () => {
    const made = asStaff('/tax-settings');
    const { timeZone } = (await app.get(made.path, made.request)).json<{ timeZone: string }>();
    undo.push(async () => expect((await app.patch(made.path, { timeZone }, made.request)).statusCode).toBe(200));
    return made;
  };
  const exemption = async () => {
    const made = asStaff(`${(await user()).path}/tax-exemption`);
    expect((await app.put(made.path, { reason: 'Embassy' }, made.request)).statusCode).toBe(200);
    return { ...made, below: '' };
  };
  const zone = async () => passing(`/shipping-zones/${(await createZone(app, 'AQ', admin.token)).id}`);
  const methodOf = async (status: 'active' | 'disabled') => {
    const zoneId = (await zone()).path.split('/').at(-1)!;
    const { id } = await createMethod(app, admin.token, { zoneIds: [zoneId], status });
    return { ...passing(`/shipping-methods/${id}`), id };
  };
  const method = () => methodOf('disabled');
  const cartAndMethod = async () => {
    const { id: shippingMethodId } = await methodOf('active');
    const made = await cart();
    const placed = await app.put(`${made.path}/addresses`, { shippingAddress: ANTARCTICA }, made.request);
    expect(placed.statusCode).toBe(200);
    return { ...made, body: { shippingMethodId } };
  };
  const promotion = async (status = 'disabled') =>
    passing(`/promotions/${(await createPromotion(app, admin.token, { status })).id}`);
  const cartAndCode = async () => {
    const id = (await promotion('active')).path.split('/').at(-1)!;
    return { ...(await cart()), body: { code: await createCode(app, admin.token, id) } };
  };
  const cartWithCode = async () => {
    const { body, ...made } = await cartAndCode();
    expect((await app.post(`${made.path}/promotion-codes`, body, made.request)).statusCode).toBe(201);
    return { ...made, below: `/promotion-codes/${body.code}` };
  };
  const fulfilment = async () => {
    const payment = { provider: 'fake', token: 'tok_success' } as const;
    const [made] = await createFulfilments(app, await createOrder(app, { payment, shippingAddress: TEST_ADDRESS }));
    return asStaff(`/fulfilments/${made!.id}`);
  };
  const giftCard = async () => asStaff(`/gift-cards/${(await createGiftCard(app)).id}`);
  const disabledCard = async () => {
    const made = await giftCard();
    expect((await app.post(`${made.path}/disable`, undefined, made.request)).statusCode).toBe(200);
    return made;
  };

  /** How a resource is made for each operation that minds its version, and what is sent to change it. */
  const CASES: Record<string, [make: () => Promise<Made>, body?: object]> = {
    'PATCH /api/v1/api-keys/{id}': [key, { name: 'Other' }],
    'POST /api/v1/api-keys/{id}/rotate': [key, {}],
    'PATCH /api/v1/users/me': [me, { name: 'Other' }],
    'PATCH /api/v1/users/{id}': [user, { name: 'Other' }],
    'PATCH /api/v1/users/me/addresses/{id}': [address, { label: 'Other' }],
    'DELETE /api/v1/users/me/addresses/{id}': [address],
    'PATCH /api/v1/webhook-endpoints/{id}': [hook, { description: 'Other' }],
    'DELETE /api/v1/webhook-endpoints/{id}': [hook],
    'POST /api/v1/webhook-endpoints/{id}/rotate-secret': [hook],
    'PATCH /api/v1/customer-groups/{id}': [group, { name: 'Other' }],
    'DELETE /api/v1/customer-groups/{id}': [group],
    'PUT /api/v1/users/{id}/roles': [user, { roles: ['customer', 'support'] }],
    'POST /api/v1/users/{id}/disable': [user, {}],
    'POST /api/v1/users/{id}/enable': [disabled],
    'DELETE /api/v1/invites/{id}': [invite],
    'POST /api/v1/invites/{id}/resend': [invite],
    'PATCH /api/v1/roles/{name}': [role, { description: 'Other' }],
    'DELETE /api/v1/roles/{name}': [role],
    'PATCH /api/v1/products/{idOrSlug}': [product, { name: 'Other' }],
    'DELETE /api/v1/products/{idOrSlug}': [product],
    'POST /api/v1/products/{id}/publish': [product],
    'POST /api/v1/products/{id}/archive': [published],
    'PATCH /api/v1/variants/{id}': [variant, { position: 7 }],
    'DELETE /api/v1/variants/{id}': [spare],
    'PUT /api/v1/variants/{id}/prices': [variant, { prices: [{ amount: 5, currency: 'EUR' }] }],
    'PATCH /api/v1/categories/{idOrSlug}': [category, { name: 'Other' }],
    'DELETE /api/v1/categories/{idOrSlug}': [category],
    'POST /api/v1/categories/{idOrSlug}/move': [category, { parentId: null }],
    'PATCH /api/v1/carts/{id}': [cart, { language: 'de' }],
    'DELETE /api/v1/carts/{id}': [cart],
    'POST /api/v1/carts/{id}/lines': [cartAndVariant],
    'PATCH /api/v1/carts/{id}/lines/{lineId}': [cartLine, { quantity: 7 }],
    'DELETE /api/v1/carts/{id}/lines/{lineId}': [cartLine],
    'PUT /api/v1/carts/{id}/addresses': [cart, { shippingAddress: ADDRESS }],
    'PUT /api/v1/carts/{id}/shipping-method': [cartAndMethod],
    'POST /api/v1/carts/{id}/promotion-codes': [cartAndCode],
    'DELETE /api/v1/carts/{id}/promotion-codes/{code}': [cartWithCode],
    'PATCH /api/v1/orders/{id}/draft': [draft, { language: 'de' }],
    'DELETE /api/v1/orders/{id}/draft': [draft],
    'POST /api/v1/orders/{id}/send': [draft],
    'PATCH /api/v1/orders/{id}/notes/{noteId}': [note, { text: 'Ring once' }],
    'DELETE /api/v1/orders/{id}/notes/{noteId}': [note],
    'PATCH /api/v1/orders/{id}': [order, { email: 'other@example.com' }],
    'PATCH /api/v1/fulfilments/{id}': [fulfilment, { carrier: 'Other' }],
    'PATCH /api/v1/gift-cards/{id}': [giftCard, { note: 'Other' }],
    'POST /api/v1/gift-cards/{id}/disable': [giftCard],
    'POST /api/v1/gift-cards/{id}/enable': [disabledCard],
    'PATCH /api/v1/promotions/{id}': [promotion, { name: 'Other' }],
    'DELETE /api/v1/promotions/{id}': [promotion],
    'PATCH /api/v1/shipping-methods/{id}': [method, { name: 'Other' }],
    'DELETE /api/v1/shipping-methods/{id}': [method],
    'PATCH /api/v1/shipping-zones/{id}': [zone, { name: 'Other' }],
    'DELETE /api/v1/shipping-zones/{id}': [zone],
    'PATCH /api/v1/tax-rates/{id}': [taxRate, { name: 'Other' }],
    'DELETE /api/v1/tax-rates/{id}': [taxRate],
    'PATCH /api/v1/tax-settings': [taxSettings, { timeZone: 'Antarctica/Troll' }],
    'PUT /api/v1/users/{id}/tax-exemption': [exemption, { reason: 'Other' }],
    'DELETE /api/v1/users/{id}/tax-exemption': [exemption],
  };
  const minding = operations.filter(({ operation }) => '412' in operation.responses);

  it('is tried of every operation that minds the version', () => {
    expect(minding.map(({ title }) => title).sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(minding)('$title answers 412 with the tag of a GET, and the next try with it succeeds', async (one) => {
    const [make, sent] = CASES[one.title]!;
    const { path, request, below, body = sent } = await make();
    const command = below ?? /\}(\/[a-z-]+)$/.exec(one.path)?.[1] ?? '';
    const change = (tag: string) =>
      app.send(one.method, path + command, { ...request, body, headers: { ...request.headers, 'if-match': tag } });
    const refused = await change('"9999"');
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([412, 'request.version_mismatch']);
    const { etag } = (await app.get(path, request)).headers;
    expect(etag).toMatch(/^"\d+-/);
    expect(refused.headers.etag).toBe(etag);
    expect((await change(String(etag))).statusCode).toBeLessThan(300);
  });

  it('tells who may change but not read no more than the version, and holds nothing against them', async () => {
    const { user: customer } = await createUser(app);
    const { user: staff, token } = await createStaff(app, ['users:write']);
    const headers = { 'if-match': '"9"' };
    const refused = await app.patch(`/users/${customer.id}`, { name: 'x' }, { token, headers });
    expect([refused.statusCode, refused.headers.etag]).toEqual([412, '"1"']);
    const refusals = () => app.database.query(`SELECT 1 FROM audit_log WHERE actor_id = $1`, [staff.id]);
    expect(await refusals()).toHaveLength(0);
    expect((await app.get(`/users/${customer.id}`, { token })).statusCode).toBe(403);
    expect(await refusals()).toHaveLength(1);
  });
});
