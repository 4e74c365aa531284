import { buildProduct, createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const NESTED = '/variants/0';

describe('input of products', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['products:read', 'products:write']));
  });
  afterAll(() => app.close());

  const pointers = async (body: object): Promise<unknown> => {
    const response = await app.post('/products', { ...buildProduct(), ...body }, { token });
    expect([response.statusCode, response.json().code]).toEqual([400, 'request.invalid']);
    return response.json().errors.map(({ pointer }: { pointer: string }) => pointer);
  };
  const variant = (members: object): object => ({ variants: [{ sku: `SKU-${unique()}`, ...members }] });
  const long = (length: number): string => 'x'.repeat(length);

  it.each<[string, object]>([
    ['/name', { name: undefined }],
    ['/name', { name: ' ' }],
    ['/name', { name: long(301) }],
    ['/name', { name: 7 }],
    ['/name', { name: ['a'] }],
    ['/slug', { slug: 'Upper' }],
    ['/slug', { slug: 'a--b' }],
    ['/slug', { slug: long(121) }],
    ['/slug', { slug: '01970c1e-7f3a-7c55-9d8e-0242ac120004' }],
    ['/description', { description: long(20_001) }],
    ['/brand', { brand: '' }],
    ['/tags', { tags: 'gift' }],
    ['/tags', { tags: ['a', 'a'] }],
    ['/tags', { tags: [''] }],
    ['/tags', { tags: Array.from({ length: 51 }, (_, index) => `t${index}`) }],
    ['/attributes', { attributes: [] }],
    ['/attributes', { attributes: { a: null } }],
    ['/attributes', { attributes: { a: { b: 1 } } }],
    ['/attributes', { attributes: { a: [[1]] } }],
    ['/attributes', { attributes: { '': 1 } }],
    ['/attributes', { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a${index}`, 1])) }],
    ['/attributes/constructor', { attributes: { constructor: 'x' } }],
    ['/options', { options: 'Size' }],
    [
      '/options',
      {
        options: [
          { name: 'Size', values: ['S'] },
          { name: 'Size', values: ['L'] },
        ],
      },
    ],
    ['/options/0/values', { options: [{ name: 'Size', values: [] }] }],
    ['/options/0/name', { options: [{ name: '', values: ['S'] }] }],
    ['/categories', { categories: 'kitchen' }],
    ['/categories', { categories: [7] }],
    ['/variants', { variants: {} }],
    [NESTED, { variants: [7] }],
    [NESTED, { variants: [[]] }],
    [`${NESTED}/sku`, { variants: [{}] }],
    [`${NESTED}/sku`, variant({ sku: ' a' })],
    [`${NESTED}/sku`, variant({ sku: 'a\nb' })],
    [`${NESTED}/sku`, variant({ sku: long(101) })],
    [`${NESTED}/options`, variant({ options: { Size: 7 } })],
    [
      `${NESTED}/options`,
      variant({
        options: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`${long(60)}${index}`, '😀'.repeat(50)])),
      }),
    ],
    [`${NESTED}/weightGrams`, variant({ weightGrams: -1 })],
    [`${NESTED}/weightGrams`, variant({ weightGrams: 2 ** 31 })],
    [`${NESTED}/position`, variant({ position: 0.5 })],
    [`${NESTED}/prices/0/amount`, variant({ prices: [{ amount: -1, currency: 'EUR' }] })],
    [`${NESTED}/prices/0/amount`, variant({ prices: [{ amount: 2 ** 53, currency: 'EUR' }] })],
    [`${NESTED}/prices/0/currency`, variant({ prices: [{ amount: 1, currency: 'eur' }] })],
    [`${NESTED}/prices`, variant({ prices: [1, 2].map((amount) => ({ amount, currency: 'EUR' })) })],
    ['/status', { status: 'published' }],
    ['/id', { id: '01970c1e-7f3a-7c55-9d8e-0242ac120004' }],
  ])('names %s when it is wrong', async (pointer, body) => {
    expect(await pointers(body)).toContain(pointer);
  });

  it('names every wrong member at once', async () => {
    expect(await pointers({ name: '', brand: 7, unknown: 1, variants: [{ sku: '' }] })).toEqual(
      expect.arrayContaining(['/name', '/brand', '/unknown', '/variants/0/sku']),
    );
  });

  it.each([
    'Ünïcödé – „quotes“',
    "O'Brien; DROP TABLE products;--",
    '\u202Ereversed',
    '👩‍👩‍👧‍👦',
    'e\u0301 decomposed',
    '%_\\',
    '{"$gt":""}',
    '${7*7} {{7*7}}',
  ])('stores and gives back %j as it is, wherever text goes', async (text) => {
    const dto = buildProduct({
      name: `${text} ${unique()}`,
      description: text,
      brand: text,
      tags: [text],
      attributes: { [text]: text, list: [text] },
      options: [{ name: text, values: [text] }],
      variants: [{ sku: `${text} ${unique()}`, options: { [text]: text }, barcode: text }],
    });
    const created = await app.post('/products', dto, { token });
    expect(created.statusCode).toBe(201);
    const { name, description, brand, tags, attributes, options, variants } = created.json();
    const [stored] = dto.variants!;
    expect({ name, description, brand, tags, attributes, options }).toEqual({
      name: dto.name,
      description: text,
      brand: text,
      tags: [text],
      attributes: dto.attributes,
      options: dto.options,
    });
    expect(variants[0]).toMatchObject({ sku: stored!.sku, barcode: text, options: stored!.options });
    const found = await app.get(`/variants?sku=${encodeURIComponent(stored!.sku)}`, { token });
    expect(found.json().data).toHaveLength(1);
    const filtered = await app.get(`/products?tag=${encodeURIComponent(text)}&brand=${encodeURIComponent(text)}`, {
      token,
    });
    expect(filtered.json().data).toHaveLength(1);
  });

  it.each(['name', 'slug', 'description', 'tags', 'attributes', 'options', 'categories'])(
    'refuses to remove %s by null, which a product cannot be without',
    async (name) => {
      const { id } = await createProduct(app);
      const response = await app.patch(`/products/${id}`, { [name]: null }, { token });
      expect([response.statusCode, response.json().errors?.[0].pointer]).toEqual([400, `/${name}`]);
    },
  );

  it('refuses a patch that is no object, and one that would leave too many attributes', async () => {
    const many = (prefix: string): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`${prefix}${index}`, index]));
    const { id } = await createProduct(app, { attributes: many('a') });
    for (const body of [[], 'x', 7]) expect((await app.patch(`/products/${id}`, body, { token })).statusCode).toBe(400);
    const response = await app.patch(`/products/${id}`, { attributes: many('b') }, { token });
    expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, '/attributes']);
    expect((await app.patch(`/products/${id}`, { attributes: many('a') }, { token })).statusCode).toBe(200);
  });

  it.each(['publish', 'archive'])('answers 400 and 404 for ids of no product at /%s', async (action) => {
    expect((await app.post(`/products/not-an-id/${action}`, undefined, { token })).statusCode).toBe(400);
    const missing = await app.post(`/products/01970c1e-7f3a-7c55-9d8e-0242ac120004/${action}`, undefined, { token });
    expect([missing.statusCode, missing.json().code]).toEqual([404, 'product.not_found']);
  });
});
