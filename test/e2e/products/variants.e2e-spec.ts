import { newId } from '../../../src/common/ids.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('variants', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['products:read', 'products:write']));
  });
  afterAll(() => app.close());

  const sized = (
    size: string,
  ): { sku: string; options: Record<string, string>; prices: { amount: number; currency: string }[] } => ({
    sku: `SKU-${unique()}`,
    options: { Size: size },
    prices: [{ amount: 100, currency: 'EUR' }],
  });
  const options = [{ name: 'Size', values: ['S', 'M', 'L'] }];
  const versionOf = async (id: string): Promise<number> => (await app.get(`/products/${id}`, { token })).json().version;

  it('adds a variant after the others, and counts it as a change of the product', async () => {
    const product = await createProduct(app, { options, variants: [sized('S')] });
    const dto = sized('M');
    const response = await app.post(`/products/${product.id}/variants`, dto, { token });
    expect(response.statusCode).toBe(201);
    const variant = response.json();
    expect(response.headers.location).toBe(`/api/v1/variants/${variant.id}`);
    expect(variant).toMatchObject({
      sku: dto.sku,
      name: `${product.name} (M)`,
      position: 1,
      productId: product.id,
      version: 1,
    });
    expect(await versionOf(product.id)).toBe(3);
    const listed = (await app.get(`/products/${product.id}/variants`)).json();
    expect(listed.data.map(({ sku }: { sku: string }) => sku)).toEqual([product.variants[0]!.sku, dto.sku]);
    expect(listed.nextCursor).toBeNull();
  });

  it('refuses a taken SKU, taken option values and options that do not fit', async () => {
    const product = await createProduct(app, { options, variants: [sized('S')] });
    const attempt = async (dto: object): Promise<unknown[]> => {
      const response = await app.post(`/products/${product.id}/variants`, dto, { token });
      return [response.statusCode, response.json().code, response.json().errors?.[0].pointer];
    };
    expect(await attempt({ ...sized('M'), sku: product.variants[0]!.sku })).toEqual([
      409,
      'variant.sku_taken',
      undefined,
    ]);
    expect(await attempt(sized('S'))).toEqual([409, 'variant.options_taken', undefined]);
    expect(await attempt(sized('XXL'))).toEqual([400, 'request.invalid', '/options/Size']);
    expect(await attempt({ sku: 'x' })).toEqual([400, 'request.invalid', '/options']);
    expect((await app.post(`/products/${newId()}/variants`, sized('S'), { token })).json().code).toBe(
      'product.not_found',
    );
  });

  it('gives one of two parallel variants the SKU, and the other 409', async () => {
    const product = await createProduct(app, { options, variants: [sized('S')] });
    const other = await createProduct(app, { options, variants: [sized('S')] });
    const dto = sized('M');
    const answers = await Promise.all(
      [product, other].map(({ id }) => app.post(`/products/${id}/variants`, dto, { token })),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
  });

  it('is found by its SKU', async () => {
    const product = await createProduct(app);
    const { sku, id } = product.variants[0]!;
    expect((await app.get(`/variants?sku=${sku}`)).json().data).toEqual([expect.objectContaining({ id, sku })]);
    expect((await app.get(`/variants?sku=${sku}`, { token })).json().data[0].onHand).toBe(100);
    expect((await app.get('/variants?sku=%25')).json().data).toEqual([]);
    const response = await app.get('/variants');
    expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, '?sku']);
  });

  it('changes what is named, under a version of its own', async () => {
    const product = await createProduct(app, { options, variants: [{ ...sized('S'), barcode: '1', weightGrams: 5 }] });
    const path = `/variants/${product.variants[0]!.id}`;
    const { etag } = (await app.get(path, { token })).headers;
    const match = { token, headers: { 'if-match': String(etag) } };
    const changed = await app.patch(path, { options: { Size: 'L' }, barcode: null, position: 7 }, match);
    expect(changed.json()).toMatchObject({ options: { Size: 'L' }, weightGrams: 5, position: 7, version: 2 });
    expect(changed.json().barcode).toBeUndefined();
    expect(changed.headers.etag).toMatch(/^"2-/);
    const late = await app.patch(path, { position: 8 }, match);
    expect([late.statusCode, late.headers.etag]).toEqual([412, changed.headers.etag]);
    expect(await versionOf(product.id)).toBe(3);
    expect((await app.patch(path, { options: { Size: 'XXL' } }, { token })).statusCode).toBe(400);
    expect((await app.patch(path, { sku: null }, { token })).json().errors[0].pointer).toBe('/sku');
    expect((await app.patch(`/variants/${newId()}`, {}, { token })).json().code).toBe('variant.not_found');
  });

  it('lets exactly one of 20 parallel changes with the same ETag through', async () => {
    const { variants } = await createProduct(app);
    const path = `/variants/${variants[0]!.id}`;
    const { etag } = (await app.get(path, { token })).headers;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, position) =>
        app.patch(path, { position }, { token, headers: { 'if-match': String(etag) } }),
      ),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(19);
  });

  it('replaces all prices, exactly', async () => {
    const { variants } = await createProduct(app);
    const path = `/variants/${variants[0]!.id}`;
    const largest = { amount: Number.MAX_SAFE_INTEGER, currency: 'JPY', compareAtAmount: null };
    const response = await app.put(
      `${path}/prices`,
      { prices: [largest, { amount: 0, currency: 'GBP', compareAtAmount: 1 }] },
      { token },
    );
    expect(response.json().prices).toEqual([{ amount: 0, currency: 'GBP', compareAtAmount: 1 }, largest]);
    expect(response.json().price).toBeNull();
    expect((await app.get(`${path}?currency=JPY`)).json().price).toEqual({
      amount: 9_007_199_254_740_991,
      currency: 'JPY',
    });
    expect((await app.put(`${path}/prices`, { prices: [] }, { token })).json().prices).toEqual([]);
  });

  it.each([
    [{ amount: -1, currency: 'EUR' }, '/prices/0/amount'],
    [{ amount: 0.5, currency: 'EUR' }, '/prices/0/amount'],
    [{ amount: '1', currency: 'EUR' }, '/prices/0/amount'],
    [{ amount: null, currency: 'EUR' }, '/prices/0/amount'],
    [{ amount: 9_007_199_254_740_992, currency: 'EUR' }, '/prices/0/amount'],
    [{ amount: 1, currency: 'usd' }, '/prices/0/currency'],
    [{ amount: 1, currency: 'XXX' }, '/prices/0/currency'],
    [{ amount: 1 }, '/prices/0/currency'],
    [{ amount: 1, currency: 'EUR', compareAtAmount: 1 }, '/prices'],
    [{ amount: 1, currency: 'EUR', from: 'now' }, '/prices/0/from'],
    [[{ amount: 1, currency: 'EUR' }], '/prices/0'],
    [7, '/prices/0'],
  ])('refuses the price %j with 400 at %s', async (price, pointer) => {
    const { variants } = await createProduct(app);
    const response = await app.put(`/variants/${variants[0]!.id}/prices`, { prices: [price] }, { token });
    expect([response.statusCode, response.json().code]).toEqual([400, 'request.invalid']);
    expect(response.json().errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('refuses two prices in one currency, and a body that is no price list', async () => {
    const { variants } = await createProduct(app);
    const price = { amount: 1, currency: 'EUR' };
    for (const prices of [[price, price], { 0: price }, null, 'x', undefined]) {
      const response = await app.put(`/variants/${variants[0]!.id}/prices`, { prices }, { token });
      expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, '/prices']);
    }
  });

  it('goes off sale when archived, and off the public page', async () => {
    const product = await createProduct(app, { options, variants: [sized('S'), sized('M')] });
    const id = product.variants[0]!.id;
    expect((await app.patch(`/variants/${id}`, { isArchived: true }, { token })).json().isArchived).toBe(true);
    const skus = async (request = {}): Promise<string[]> =>
      (await app.get(`/products/${product.id}`, request)).json().variants.map(({ sku }: { sku: string }) => sku);
    expect(await skus()).toEqual([product.variants[1]!.sku]);
    expect(await skus({ token })).toHaveLength(2);
    expect((await app.get(`/variants/${id}`)).statusCode).toBe(404);
  });

  it('is deleted with its stock when nobody ordered it, and kept otherwise', async () => {
    const product = await createProduct(app, { options, variants: [sized('S'), sized('M')] });
    const [first, second] = product.variants;
    expect((await app.delete(`/variants/${first!.id}`, { token })).statusCode).toBe(204);
    expect((await app.get(`/variants/${first!.id}`, { token })).statusCode).toBe(404);
    expect(await versionOf(product.id)).toBe(3);
    const orderId = newId();
    await app.database.run(async () => {
      await app.database.execute(
        `INSERT INTO orders (id, email, status, currency, subtotal_amount, total_amount, placed_at)
         VALUES ($1, 'buyer@example.com', 'pending_payment', 'EUR', 0, 0, now())`,
        [orderId],
      );
      await app.database.execute(
        `INSERT INTO reservations (order_id, variant_id, location_id, quantity) SELECT $1, variant_id, location_id, 1 FROM stock WHERE variant_id = $2`,
        [orderId, second!.id],
      );
    });
    const refused = await app.delete(`/variants/${second!.id}`, { token });
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'product.in_use']);
    await app.database.execute(`DELETE FROM reservations WHERE order_id = $1`, [orderId]);
  });
});
