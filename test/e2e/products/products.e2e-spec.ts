import { newId } from '../../../src/common/ids.js';
import { buildProduct, createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { countStatements } from './count-statements.js';

describe('products', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['products:read', 'products:write']));
  });
  afterAll(() => app.close());

  const events = (id: string): Promise<{ type: string; version: number }[]> =>
    app.database.query(
      `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
      [id],
    );

  describe('POST /products', () => {
    it('creates a draft with variants, prices and categories in one call', async () => {
      const key = unique();
      const { id: topId } = (await app.post('/categories', { name: `Kitchen ${key}` }, { token })).json();
      const mugs = (await app.post('/categories', { name: `Mugs ${key}`, parentId: topId }, { token })).json();
      const response = await app.post(
        '/products',
        {
          name: 'Fjordlight Enamel Mug',
          slug: `mug-${key}`,
          description: 'Two coats of enamel.',
          brand: 'Fjordlight',
          tags: ['gift'],
          attributes: { material: 'steel', dishwasherSafe: true, sizes: [1, 2] },
          categories: [`Kitchen ${key} > Mugs ${key}`, topId, mugs.slug],
          variants: [
            {
              sku: `MUG-S-${key}`,
              options: { Size: 'Small' },
              weightGrams: 140,
              barcode: '2000410000377',
              prices: [
                { amount: 1490, currency: 'EUR', compareAtAmount: 1790 },
                { amount: 1290, currency: 'GBP' },
              ],
            },
            { sku: `MUG-L-${key}`, options: { Size: 'Large' } },
          ],
        },
        { token },
      );
      expect([response.statusCode, response.json().errors]).toEqual([201, undefined]);
      const product = response.json();
      expect(response.headers.location).toBe(`/api/v1/products/${product.id}`);
      expect(response.headers.etag).toMatch(/^"1-/);
      expect(product).toMatchObject({
        slug: `mug-${key}`,
        status: 'draft',
        brand: 'Fjordlight',
        tags: ['gift'],
        attributes: { material: 'steel', dishwasherSafe: true, sizes: [1, 2] },
        media: [],
        options: [{ name: 'Size', values: ['Small', 'Large'] }],
        publishedAt: null,
        version: 1,
      });
      expect(product.categories.map(({ slug }: { slug: string }) => slug).sort()).toEqual(
        [`kitchen-${key}`, `mugs-${key}`].sort(),
      );
      expect(product.variants).toEqual([
        expect.objectContaining({
          sku: `MUG-S-${key}`,
          name: 'Fjordlight Enamel Mug (Small)',
          price: { amount: 1490, currency: 'EUR' },
          compareAtPrice: { amount: 1790, currency: 'EUR' },
          prices: [
            { amount: 1490, currency: 'EUR', compareAtAmount: 1790 },
            { amount: 1290, currency: 'GBP', compareAtAmount: null },
          ],
          barcode: '2000410000377',
          weightGrams: 140,
          availability: 'out',
          position: 0,
          onHand: 0,
          reserved: 0,
          available: 0,
        }),
        expect.objectContaining({ sku: `MUG-L-${key}`, price: null, prices: [], position: 1 }),
      ]);
      expect(await events(product.id)).toEqual([{ type: 'product.created', version: 1 }]);
    });

    it('makes a slug from the name, and another one when that is taken', async () => {
      const name = `Café Crème ${unique()}`;
      const [first, second] = [
        await app.post('/products', { name }, { token }),
        await app.post('/products', { name }, { token }),
      ];
      expect(first.json().slug).toMatch(/^cafe-creme-/);
      expect(second.statusCode).toBe(201);
      expect(second.json().slug).toMatch(new RegExp(`^${first.json().slug}-[0-9a-f]{12}$`));
    });

    it('refuses a slug, a SKU and option values that are taken with 409 and a code each', async () => {
      const taken = await createProduct(app);
      const variants = [{ sku: `A-${unique()}` }, { sku: `B-${unique()}` }];
      const attempt = async (body: object): Promise<unknown> => {
        const response = await app.post('/products', { ...buildProduct(), ...body }, { token });
        return [response.statusCode, response.json().code];
      };
      expect(await attempt({ slug: taken.slug })).toEqual([409, 'product.slug_taken']);
      expect(await attempt({ variants: [{ sku: taken.variants[0]!.sku }] })).toEqual([409, 'variant.sku_taken']);
      expect(await attempt({ variants })).toEqual([409, 'variant.options_taken']);
    });

    it('leaves nothing behind when a part of it is refused', async () => {
      const dto = buildProduct({ categories: ['no-such-category'] });
      const response = await app.post('/products', dto, { token });
      expect(response.statusCode).toBe(422);
      expect(response.json()).toMatchObject({ code: 'category.unknown', errors: [{ pointer: '/categories/0' }] });
      expect((await app.get(`/products/${dto.slug}`, { token })).statusCode).toBe(404);
    });

    it('names every variant that does not fit the options', async () => {
      const response = await app.post(
        '/products',
        {
          ...buildProduct(),
          options: [{ name: 'Size', values: ['S'] }],
          variants: [
            { sku: `A-${unique()}`, options: { Size: 'XL' } },
            { sku: `B-${unique()}`, options: {} },
          ],
        },
        { token },
      );
      expect(response.statusCode).toBe(400);
      expect(response.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
        '/variants/0/options/Size',
        '/variants/1/options',
      ]);
    });

    it('repeats its answer for a repeated Idempotency-Key, and creates one product', async () => {
      const dto = buildProduct();
      const key = `create-${unique()}`;
      const answers = await Promise.all([1, 2, 3].map(() => app.post('/products', dto, { token, key })));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
      expect(new Set(answers.map(({ body }) => JSON.parse(body).id)).size).toBe(1);
    });

    it('needs the scope products:write', async () => {
      const customer = await createUser(app);
      const reader = await createStaff(app, ['products:read']);
      expect((await app.post('/products', buildProduct())).statusCode).toBe(401);
      expect((await app.post('/products', buildProduct(), { token: customer.token })).statusCode).toBe(403);
      expect((await app.post('/products', buildProduct(), { token: reader.token })).statusCode).toBe(403);
    });
  });

  describe('GET /products/{idOrSlug}', () => {
    it('shows a published product to anybody, by id and by slug, in the currency asked for', async () => {
      const sku = `SKU-${unique()}`;
      const prices = [
        { amount: 1000, currency: 'EUR' },
        { amount: 900, currency: 'GBP' },
      ];
      const product = await createProduct(app, { stock: 3, variants: [{ sku, prices }] });
      const bySlug = await app.get(`/products/${product.slug}`);
      const byId = await app.get(`/products/${product.id.toUpperCase()}?currency=GBP`);
      expect(bySlug.statusCode).toBe(200);
      expect(bySlug.json().variants[0]).toMatchObject({
        price: { amount: 1000, currency: 'EUR' },
        availability: 'low',
      });
      expect(byId.json().variants[0].price).toEqual({ amount: 900, currency: 'GBP' });
      expect((await app.get(`/products/${product.slug}?currency=JPY`)).json().variants[0].price).toBeNull();
    });

    it('never shows staff fields or archived variants to the public', async () => {
      const product = await createProduct(app);
      const archived = await app.post(`/products/${product.id}/variants`, { sku: `X-${unique()}` }, { token });
      expect(archived.json().code).toBe('variant.options_taken');
      await app.patch(`/products/${product.id}`, { options: [] }, { token });
      const customer = await createUser(app);
      for (const request of [{}, { token: customer.token }]) {
        const { variants, ...rest } = (await app.get(`/products/${product.slug}`, request)).json();
        expect(Object.keys(rest).sort()).toEqual(
          [
            'id',
            'slug',
            'name',
            'description',
            'brand',
            'status',
            'categories',
            'tags',
            'attributes',
            'media',
            'options',
          ]
            .concat(['createdAt', 'updatedAt', 'version'])
            .sort(),
        );
        expect(Object.keys(variants[0]).sort()).toEqual([
          'availability',
          'id',
          'name',
          'options',
          'position',
          'price',
          'sku',
        ]);
      }
    });

    it.each(['draft', 'archived'] as const)(
      'hides a product that is %s from the public, and shows it to staff',
      async (status) => {
        const product = await createProduct(app, { status });
        const customer = await createUser(app);
        for (const path of [
          `/products/${product.id}`,
          `/products/${product.slug}`,
          `/products/${product.id}/variants`,
        ]) {
          expect((await app.get(path)).json().code).toBe('product.not_found');
          expect((await app.get(path, { token: customer.token })).statusCode).toBe(404);
          expect((await app.get(path, { token })).statusCode).toBe(200);
        }
        expect((await app.get(`/variants/${product.variants[0]!.id}`)).json().code).toBe('variant.not_found');
        expect((await app.get(`/variants?sku=${product.variants[0]!.sku}`)).json().data).toEqual([]);
      },
    );

    it.each(['no-such-product', newId(), 'UPPER', 'a%00b', "x'--", '%F0%9F%90%9F'])(
      'answers 404 for %j',
      async (reference) => {
        const response = await app.get(`/products/${reference}`);
        expect(response.statusCode).toBe(404);
        expect(response.json().code).toBe('product.not_found');
      },
    );

    it('reads with one statement', async () => {
      const product = await createProduct(app);
      expect(await countStatements(app, () => app.get(`/products/${product.slug}`))).toBe(1);
    });
  });

  describe('PATCH /products/{id}', () => {
    it('changes what is named, merges attributes, and leaves the rest', async () => {
      const product = await createProduct(app, {
        brand: 'Old',
        tags: ['a'],
        attributes: { material: 'steel', rim: 'iron' },
      });
      const response = await app.patch(
        `/products/${product.id}`,
        { name: 'New name', brand: null, attributes: { rim: null, colour: 'blue' } },
        { token, headers: { 'content-type': 'application/merge-patch+json' } },
      );
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({
        name: 'New name',
        slug: product.slug,
        brand: null,
        tags: ['a'],
        attributes: { material: 'steel', colour: 'blue' },
        version: 3,
      });
      expect(response.json().attributes.rim).toBeUndefined();
      expect(await events(product.id)).toEqual([
        { type: 'product.created', version: 1 },
        { type: 'product.published', version: 2 },
        { type: 'product.updated', version: 3 },
      ]);
    });

    it('lets exactly one of 20 parallel changes with the same ETag through; nineteen get 412 with the current tag', async () => {
      const product = await createProduct(app);
      const { etag } = (await app.get(`/products/${product.id}`, { token })).headers;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          app.patch(
            `/products/${product.id}`,
            { name: `Name ${index}` },
            { token, headers: { 'if-match': etag as string } },
          ),
        ),
      );
      const statuses = answers.map(({ statusCode }) => statusCode);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(19);
      const refusal = answers.find(({ statusCode }) => statusCode === 412)!;
      expect(refusal.json().code).toBe('request.version_mismatch');
      expect(refusal.headers.etag).toMatch(/^"3-/);
      const winner = answers.find(({ statusCode }) => statusCode === 200)!;
      expect((await app.get(`/products/${product.id}`, { token })).json().name).toBe(winner.json().name);
    });

    it('takes the ETag of the public answer as well, and refuses a weak or malformed one', async () => {
      const product = await createProduct(app);
      const { etag } = (await app.get(`/products/${product.slug}`)).headers;
      const send = async (match: string): Promise<number> =>
        (await app.patch(`/products/${product.id}`, { name: 'x' }, { token, headers: { 'if-match': match } }))
          .statusCode;
      expect(await send(`W/${String(etag)}`)).toBe(412);
      expect(await send('"x"')).toBe(412);
      expect(await send(String(etag))).toBe(200);
      expect(await send('*')).toBe(200);
    });

    it('keeps options that a variant still has', async () => {
      const variants = [{ sku: `S-${unique()}`, options: { Size: 'S' }, prices: [{ amount: 1, currency: 'EUR' }] }];
      const product = await createProduct(app, { variants });
      const patch = (options: object): ReturnType<TestApp['patch']> =>
        app.patch(`/products/${product.id}`, { options }, { token });
      expect((await patch([{ name: 'Size', values: ['L'] }])).json().code).toBe('product.options_in_use');
      expect((await patch([{ name: 'Size', values: ['S', 'L'] }])).statusCode).toBe(200);
    });

    it('refuses to change an archived product', async () => {
      const product = await createProduct(app, { status: 'archived' });
      expect((await app.patch(`/products/${product.id}`, { name: 'x' }, { token })).json().code).toBe(
        'product.archived',
      );
    });
  });

  describe('publish, archive, delete', () => {
    it('publishes only with a variant that has a price', async () => {
      const product = await createProduct(app, { status: 'draft', variants: [{ sku: `P-${unique()}` }] });
      const refused = await app.post(`/products/${product.id}/publish`, undefined, { token });
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'product.not_sellable']);
      await app.put(
        `/variants/${product.variants[0]!.id}/prices`,
        { prices: [{ amount: 0, currency: 'EUR' }] },
        { token },
      );
      const published = await app.post(`/products/${product.id}/publish`, undefined, { token });
      expect(published.json()).toMatchObject({ status: 'published', version: 3 });
      expect(published.json().publishedAt).not.toBeNull();
    });

    it('changes nothing when the product is published or archived already', async () => {
      const product = await createProduct(app);
      const again = await app.post(`/products/${product.id}/publish`, undefined, { token });
      expect([again.statusCode, again.json().version]).toEqual([200, 2]);
      expect((await app.post(`/products/${product.id}/archive`, undefined, { token })).json()).toMatchObject({
        status: 'archived',
        version: 3,
      });
      expect((await app.post(`/products/${product.id}/archive`, undefined, { token })).json().version).toBe(3);
      expect((await app.post(`/products/${product.id}/publish`, undefined, { token })).json().status).toBe('published');
      expect((await events(product.id)).map(({ type }) => type)).toEqual([
        'product.created',
        'product.published',
        'product.archived',
        'product.published',
      ]);
    });

    it('deletes a draft, and points to archive for anything that was on sale', async () => {
      const draft = await createProduct(app, { status: 'draft' });
      const published = await createProduct(app);
      expect((await app.delete(`/products/${draft.id}`, { token })).statusCode).toBe(204);
      expect((await app.get(`/products/${draft.id}`, { token })).statusCode).toBe(404);
      expect((await events(draft.id)).at(-1)).toEqual({ type: 'product.deleted', version: 2 });
      const refused = await app.delete(`/products/${published.id}`, { token });
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'product.not_draft']);
      expect(refused.json().detail).toContain('archive');
      expect((await app.delete(`/products/${newId()}`, { token })).statusCode).toBe(404);
    });

    it('gives every parallel change a version of its own, without a gap', async () => {
      const product = await createProduct(app);
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          index % 2 === 0
            ? app.patch(`/products/${product.id}`, { name: `N${index}` }, { token })
            : app.put(
                `/variants/${product.variants[0]!.id}/prices`,
                { prices: [{ amount: index, currency: 'EUR' }] },
                { token },
              ),
        ),
      );
      expect((await events(product.id)).map(({ version }) => version)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
    });
  });
});
