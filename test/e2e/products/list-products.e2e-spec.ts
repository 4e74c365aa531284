import { CatalogueCache } from '../../../src/products/catalogue/catalogue-cache.js';
import { createProduct, type TestProductOptions } from '../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { countStatements } from './count-statements.js';

interface Listed {
  id: string;
  name: string;
  status: string;
  variants: { price: { amount: number } | null; availability: string }[];
}

describe('GET /products', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['products:read', 'products:write', 'inventory:write']));
  });
  afterAll(() => app.close());

  const priced = (amount: number, currency = 'EUR'): NonNullable<TestProductOptions['variants']>[number] => ({
    sku: `SKU-${unique()}`,
    prices: [{ amount, currency }],
  });
  const list = async (
    query: string,
    request = {},
  ): Promise<{ data: Listed[]; nextCursor: string | null; total?: number }> => {
    const response = await app.get(`/products?${query}`, request);
    expect([response.statusCode, response.statusCode === 200 ? undefined : response.json()]).toEqual([200, undefined]);
    return response.json();
  };
  const names = async (query: string, request = {}): Promise<string[]> =>
    (await list(query, request)).data.map(({ name }) => name);
  /** Follows the cursors to the end, and calls `between` after each page. */
  const walk = async (
    query: string,
    between: () => Promise<unknown> = () => Promise.resolve(),
    request = {},
  ): Promise<string[]> => {
    const ids: string[] = [];
    let cursor = '';
    for (;;) {
      const page = await list(`${query}${cursor}`, request);
      ids.push(...page.data.map(({ id }) => id));
      if (page.nextCursor === null) return ids;
      cursor = `&cursor=${page.nextCursor}`;
      await between();
    }
  };

  it('lists what is on sale, newest first, in the public shape, with a Link to the next page', async () => {
    const tag = unique();
    const first = await createProduct(app, { tags: [tag] });
    const second = await createProduct(app, { tags: [tag] });
    await createProduct(app, { tags: [tag], status: 'draft' });
    await createProduct(app, { tags: [tag], status: 'archived' });
    const response = await app.get(`/products?tag=${tag}&limit=1&count=exact`);
    const page = response.json();
    expect(page.data.map(({ id }: Listed) => id)).toEqual([second.id]);
    expect(page.total).toBe(2);
    expect(response.headers.link).toBe(
      `</api/v1/products?tag=${tag}&limit=1&count=exact&cursor=${page.nextCursor}>; rel="next"`,
    );
    expect(Object.keys(page.data[0].variants[0]).sort()).toEqual([
      'availability',
      'id',
      'name',
      'options',
      'position',
      'price',
      'sku',
    ]);
    const next = await app.get(String(response.headers.link).slice('</api/v1'.length, -'>; rel="next"'.length));
    expect(next.json()).toMatchObject({ data: [{ id: first.id }], nextCursor: null });
    expect(next.headers.link).toBeUndefined();
  });

  it('shows staff every status, with stock and every price, and filters by status', async () => {
    const tag = unique();
    for (const status of ['draft', 'published', 'archived'] as const)
      await createProduct(app, { tags: [tag], status, name: status });
    expect(await names(`tag=${tag}&sort=name`, { token })).toEqual(['archived', 'draft', 'published']);
    expect(await names(`tag=${tag}&status=draft,archived&sort=name`, { token })).toEqual(['archived', 'draft']);
    const { data } = (await app.get(`/products?tag=${tag}&status=published`, { token })).json();
    expect(data[0].variants[0]).toMatchObject({ onHand: 100, reserved: 0, available: 100, prices: [{ amount: 1999 }] });
  });

  it('lets nobody else ask for another status than published', async () => {
    const customer = await createUser(app);
    for (const request of [{}, { token: customer.token }]) {
      const response = await app.get('/products?status=draft', request);
      expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, '?status']);
      expect((await app.get('/products?status=published&limit=1', request)).statusCode).toBe(200);
    }
  });

  it('filters by brand, attribute, price, stock and category, alone and together', async () => {
    const tag = unique();
    const brand = `Brand, ${unique()}`;
    const cheap = await createProduct(app, {
      tags: [tag],
      name: 'cheap',
      brand,
      attributes: { colour: 'red', size: 4 },
      variants: [priced(100)],
    });
    await createProduct(app, {
      tags: [tag],
      name: 'dear',
      attributes: { colour: ['blue', 'red'], large: true },
      variants: [priced(9000)],
    });
    await createProduct(app, {
      tags: [tag],
      name: 'gone',
      brand,
      variants: [priced(500), { ...priced(700), options: {} }].slice(0, 1),
      stock: 0,
    });
    const query = (rest: string): Promise<string[]> => names(`tag=${tag}&sort=name&${rest}`);
    expect(await query(`brand=${encodeURIComponent(brand)}`)).toEqual(['cheap', 'gone']);
    expect(await query('attributes[colour]=red')).toEqual(['cheap', 'dear']);
    expect(await query('attributes[colour]=blue')).toEqual(['dear']);
    expect(await query('attributes[size]=4')).toEqual(['cheap']);
    expect(await query('attributes[large]=true&attributes[colour]=red')).toEqual(['dear']);
    expect(await query('attributes[colour]=%25')).toEqual([]);
    expect(await query('price[gte]=100&price[lt]=9000')).toEqual(['cheap', 'gone']);
    expect(await query('price[gt]=100&price[lte]=9000')).toEqual(['dear', 'gone']);
    expect(await query('price[gte]=0&currency=GBP')).toEqual([]);
    expect(await query('inStock=true')).toEqual(['cheap', 'dear']);
    expect(await query('inStock=false')).toEqual(['gone']);
    expect(await query(`inStock=true&price[lt]=200&brand=${encodeURIComponent(brand)}`)).toEqual(['cheap']);
    expect((await list(`tag=${tag}&inStock=true&count=exact&limit=1`)).total).toBe(2);
    expect(cheap.id).toBeDefined();
  });

  it('finds products of a category and of all below it, by slug or id', async () => {
    const key = unique();
    const create = async (name: string, parentId?: string): Promise<{ id: string; slug: string }> =>
      (await app.post('/categories', { name: `${name} ${key}`, parentId }, { token })).json();
    const top = await create('Top');
    const middle = await create('Middle', top.id);
    const bottom = await create('Bottom', middle.id);
    await createProduct(app, { name: 'in middle', categories: [middle.id] });
    await createProduct(app, { name: 'in bottom', categories: [bottom.slug, middle.id] });
    expect(await names(`category=${top.slug}&sort=name`)).toEqual(['in bottom', 'in middle']);
    expect(await names(`category=${bottom.id}`)).toEqual(['in bottom']);
    expect(await names('category=no-such-category')).toEqual([]);
  });

  it('sorts by name, by creation and by the lowest price, products without a price last', async () => {
    const tag = unique();
    const several = [priced(300), { ...priced(50), options: { Size: 'S' } }].map((variant, index) => ({
      ...variant,
      options: { Size: `${index}` },
    }));
    await createProduct(app, { tags: [tag], name: 'b', variants: [priced(100)] });
    await createProduct(app, { tags: [tag], name: 'c', variants: several });
    await createProduct(app, { tags: [tag], name: 'a', variants: [priced(200)] });
    await createProduct(app, { tags: [tag], name: 'd', variants: [priced(1, 'GBP')] });
    const sorted = (sort: string): Promise<string[]> => names(`tag=${tag}&sort=${sort}`);
    expect(await sorted('name')).toEqual(['a', 'b', 'c', 'd']);
    expect(await sorted('-name')).toEqual(['d', 'c', 'b', 'a']);
    expect(await sorted('createdAt')).toEqual(['b', 'c', 'a', 'd']);
    expect(await sorted('-createdAt')).toEqual(['d', 'a', 'c', 'b']);
    expect(await sorted('price')).toEqual(['c', 'b', 'a', 'd']);
    expect(await sorted('-price')).toEqual(['a', 'b', 'c', 'd']);
    expect(await names(`tag=${tag}&sort=price&currency=GBP&limit=1`)).toEqual(['d']);
  });

  describe('walking all pages', () => {
    const tag = `walk-${unique()}`;
    const ids: string[] = [];

    beforeAll(async () => {
      // Equal keys everywhere: one name, one price for most, and one moment of creation.
      for (let index = 0; index < 12; index++) {
        const variants = index % 4 === 3 ? [{ sku: `SKU-${unique()}` }, priced(5)].slice(0, 1) : [priced(1000)];
        const product = await createProduct(app, {
          tags: [tag],
          name: 'Equal name',
          variants,
          stock: 0,
          status: 'draft',
        });
        ids.push(product.id);
      }
      await app.database.execute(
        `UPDATE products SET status = 'published', created_at = '2026-01-01' WHERE $1 = ANY (tags)`,
        [tag],
      );
    });

    it.each(['-createdAt', 'createdAt', 'name', '-name', 'price', '-price', 'relevance'])(
      'meets each product exactly once by %s, with equal keys and while rows come and go',
      async (sort) => {
        const extra: string[] = [];
        const query = `tag=${tag}&limit=5&sort=${sort}${sort === 'relevance' ? '&q=equal' : ''}`;
        const met = await walk(query, async () => {
          extra.push((await createProduct(app, { tags: [tag], name: 'Equal name', stock: 0 })).id);
          if (extra.length > 1) await app.database.execute(`DELETE FROM products WHERE id = $1`, [extra.shift()]);
        });
        expect(met.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort());
        await app.database.execute(`DELETE FROM products WHERE id = ANY ($1::uuid[])`, [extra]);
        // The news of a change made beside the services comes a moment later.
        app.app.get(CatalogueCache).invalidate();
        expect((await walk(query)).length).toBe(ids.length);
      },
    );

    it('refuses a cursor that is garbage, of another order, of other filters, or of another audience', async () => {
      const { nextCursor } = await list(`tag=${tag}&limit=2`);
      for (const query of [
        'cursor=garbage',
        `tag=${tag}&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`,
        `tag=${tag}&sort=name&cursor=${nextCursor}`,
        `tag=other&cursor=${nextCursor}`,
        `cursor=${nextCursor}`,
      ]) {
        const response = await app.get(`/products?${query}`);
        expect([response.statusCode, response.json().errors?.[0].pointer]).toEqual([400, '?cursor']);
      }
      expect((await app.get(`/products?tag=${tag}&cursor=${nextCursor}`, { token })).statusCode).toBe(400);
    });
  });

  it('reads a page with one statement, and one more for a category or an exact count', async () => {
    const statements = (query: string): Promise<number> => countStatements(app, () => list(query));
    const tag = unique();
    await createProduct(app, { tags: [tag], name: `Statement ${tag}` });
    expect(await statements(`limit=50&sort=name&currency=CHF`)).toBe(1);
    expect(await statements(`limit=50&sort=-price&currency=CHF`)).toBe(1);
    expect(await statements(`q=statement&tag=${tag}`)).toBe(1);
    expect(await statements(`category=x${tag}&inStock=true`)).toBe(2);
    expect(await statements(`tag=${tag}&count=exact`)).toBe(2);
  });

  it.each([
    ['limit=0', '?limit'],
    ['limit=101', '?limit'],
    ['limit=abc', '?limit'],
    ['limit=1&limit=2', '?limit'],
    ['unknown=1', '?unknown'],
    ['sort=version', '?sort'],
    ['sort=relevance', '?sort'],
    ['q=a&q=b', '?q'],
    ['brand[x]=1', '?brand'],
    ['attributes=red', '?attributes'],
    ['attributes[a]=1&attributes[a]=2', '?attributes'],
    ['price=10', '?price'],
    ['price[gte]=1e3', '?price/gte'],
    ['price[gte]=-1', '?price/gte'],
    ['price[gte]=9007199254740993', '?price/gte'],
    ['price[above]=1', '?price/above'],
    ['currency=usd', '?currency'],
    ['currency=XXX', '?currency'],
    ['inStock=yes', '?inStock'],
    ['status=deleted', '?status'],
    ['count=all', '?count'],
    ['createdAt[gte]=2026-01-01', '?createdAt'],
  ])('refuses ?%s with 400, naming %s', async (query, pointer) => {
    const response = await app.get(`/products?${query}`);
    expect([response.statusCode, response.json().code]).toEqual([400, 'request.invalid']);
    expect(response.json().errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it.each(["'", '"', '\\', ';--', '$ne', '%', '_', '%F0%9F%98%80', '%E2%80%AE', '{"$gt":""}', "') OR 1=1 --"])(
    'takes %j in every text parameter for what it is',
    async (raw) => {
      const text = raw.startsWith('%F') || raw.startsWith('%E') ? raw : encodeURIComponent(raw);
      for (const name of [
        'q',
        'category',
        'tag',
        'brand',
        'attributes[x]',
        `attributes[${text.replace(/%5[BD]/g, '')}]`,
      ]) {
        const response = await app.get(`/products?${name}=${text}&limit=1`);
        expect([name, response.statusCode, response.json().data]).toEqual([name, 200, []]);
      }
    },
  );
});
