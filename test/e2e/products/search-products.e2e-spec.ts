import { createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('GET /products?q=', () => {
  let app: TestApp;
  /** Keeps the products of this file apart from those of others. */
  const tag = `search-${unique()}`;

  beforeAll(async () => {
    app = await TestApp.start();
    await createProduct(app, {
      name: 'Zephyrine Espresso Machine',
      brand: 'Caldera',
      tags: [tag],
      description: 'Nine bars of pressure.',
    });
    await createProduct(app, {
      name: 'Zephyrine Milk Jug',
      tags: [tag],
      description: 'Goes with any espresso machine.',
    });
    await createProduct(app, { name: 'Crème Brûlée Torch', tags: [tag], description: 'A zephyrine flame.' });
    await createProduct(app, { name: 'Quillwort Planter', tags: [tag, 'hydroponicum'], description: '100% clay_pot.' });
    await createProduct(app, { name: 'Zephyrine Draft', tags: [tag], status: 'draft' });
  });
  afterAll(() => app.close());

  const search = async (q: string, rest = ''): Promise<string[]> => {
    const response = await app.get(`/products?tag=${tag}&q=${encodeURIComponent(q)}${rest}`);
    expect(response.statusCode).toBe(200);
    return response.json().data.map(({ name }: { name: string }) => name);
  };

  it('ranks a match in the name above one in the description', async () => {
    expect(await search('espresso')).toEqual(['Zephyrine Espresso Machine', 'Zephyrine Milk Jug']);
    expect((await search('zephyrine')).at(-1)).toBe('Crème Brûlée Torch');
  });

  it('finds all words, in any form, in name, brand, tags and description', async () => {
    expect(await search('machines espressos')).toEqual(['Zephyrine Espresso Machine', 'Zephyrine Milk Jug']);
    expect(await search('caldera')).toEqual(['Zephyrine Espresso Machine']);
    expect(await search('hydroponicum')).toEqual(['Quillwort Planter']);
    expect(await search('espresso torch')).toEqual([]);
  });

  it('understands phrases, alternatives and exclusions', async () => {
    expect(await search('"espresso machine" -jug')).toEqual(['Zephyrine Espresso Machine']);
    expect((await search('torch or jug')).sort()).toEqual(['Crème Brûlée Torch', 'Zephyrine Milk Jug']);
  });

  it('makes no difference between letters with and without accents', async () => {
    expect(await search('creme brulee')).toEqual(['Crème Brûlée Torch']);
    expect(await search('ESPRESSÖ')).toEqual(['Zephyrine Espresso Machine', 'Zephyrine Milk Jug']);
  });

  it('forgives typing errors when nothing else is found', async () => {
    expect(await search('zephirine')).toHaveLength(3);
    expect(await search('quilwort')).toEqual(['Quillwort Planter']);
    expect(await search('expresso mashine')).toEqual(['Zephyrine Espresso Machine', 'Zephyrine Milk Jug']);
  });

  it('completes the last word while it is being typed', async () => {
    expect(await search('quillw')).toEqual(['Quillwort Planter']);
    expect(await search('zephyrine espr')).toContain('Zephyrine Espresso Machine');
  });

  it('takes % and _ literally, and finds nothing for text without words', async () => {
    expect(await search('%')).toEqual([]);
    expect(await search('___')).toEqual([]);
    expect(await search('100%')).toEqual(['Quillwort Planter']);
    expect(await search('Quill%')).toEqual(['Quillwort Planter']);
    for (const text of ['', '   ', '!&|()', "'':*", 'the', '<->', '\\']) expect(await search(text)).toEqual([]);
  });

  it('sorts and filters what it finds', async () => {
    expect(await search('zephyrine', '&sort=-name')).toEqual([
      'Zephyrine Milk Jug',
      'Zephyrine Espresso Machine',
      'Crème Brûlée Torch',
    ]);
    expect(await search('zephyrine', '&brand=Caldera')).toEqual(['Zephyrine Espresso Machine']);
    expect(await search('zephyrine', '&inStock=false')).toEqual([]);
  });

  it('counts what it finds, corrected or not', async () => {
    for (const q of ['zephyrine', 'zephirine']) {
      expect((await app.get(`/products?tag=${tag}&q=${q}&count=exact&limit=1`)).json().total).toBe(3);
    }
  });

  it('pages through corrected words', async () => {
    const first = (await app.get(`/products?tag=${tag}&q=zephirine&limit=2`)).json();
    const second = (await app.get(`/products?tag=${tag}&q=zephirine&limit=2&cursor=${first.nextCursor}`)).json();
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([2, 1, null]);
  });

  it('never finds drafts for the public, and does for staff', async () => {
    const { token } = await createStaff(app, ['products:read']);
    expect(await search('draft')).toEqual([]);
    const found = (await app.get(`/products?tag=${tag}&q=draft`, { token })).json();
    expect(found.data[0].name).toBe('Zephyrine Draft');
  });

  it('walks more matches than are ranked together, each once, best of the newest first', async () => {
    const word = `wombatish${tag.replace(/[^a-z]/g, '')}`;
    await app.database.execute(
      `INSERT INTO products (id, slug, name, status, published_at)
       SELECT gen_random_uuid(), $1 || '-' || n, CASE WHEN n % 50 = 0 THEN $1 || ' ' || $1 ELSE $1 || ' thing' END, 'published', now()
       FROM generate_series(1, 450) AS n`,
      [word],
    );
    const names: string[] = [];
    const ids = new Set<string>();
    let cursor = '';
    do {
      const page = (await app.get(`/products?q=${word}&limit=100${cursor}`)).json();
      for (const { id, name } of page.data) {
        ids.add(id);
        names.push(name);
      }
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect([names.length, ids.size]).toEqual([450, 450]);
    expect(names.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => `${word} ${word}`));
    await app.database.execute(`DELETE FROM products WHERE name LIKE $1 || '%'`, [word]);
  });
});
