import { newId } from '../../../src/common/ids.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

interface Category {
  id: string;
  slug: string;
  name: string;
  parentId: string | null;
  version: number;
}

describe('categories', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['products:write']));
  });
  afterAll(() => app.close());

  const create = async (parentId: string | null = null): Promise<Category> => {
    const response = await app.post('/categories', { name: `Category ${unique()}`, parentId }, { token });
    expect(response.statusCode).toBe(201);
    return response.json();
  };
  const move = (id: string, parentId: string | null, headers = {}): ReturnType<TestApp['post']> =>
    app.post(`/categories/${id}/move`, { parentId }, { token, headers });

  it('creates, reads by id and slug, renames and deletes', async () => {
    const name = `Mugs & Cups ${unique()}`;
    const response = await app.post('/categories', { name }, { token });
    const category: Category = response.json();
    expect(response.headers.location).toBe(`/api/v1/categories/${category.id}`);
    expect(category).toMatchObject({ name, parentId: null, version: 1, slug: expect.stringMatching(/^mugs-cups-/) });
    for (const reference of [category.id, category.slug]) {
      expect((await app.get(`/categories/${reference}`)).json()).toEqual(category);
    }
    const { etag } = (await app.get(`/categories/${category.id}`)).headers;
    const match = { token, headers: { 'if-match': String(etag) } };
    expect((await app.patch(`/categories/${category.slug}`, { name: 'New' }, match)).json()).toMatchObject({
      name: 'New',
      version: 2,
    });
    expect((await app.patch(`/categories/${category.slug}`, { name: 'Late' }, match)).statusCode).toBe(412);
    expect((await app.delete(`/categories/${category.id}`, match)).statusCode).toBe(412);
    expect((await app.delete(`/categories/${category.id}`, { token })).statusCode).toBe(204);
    expect((await app.get(`/categories/${category.id}`)).json().code).toBe('category.not_found');
  });

  it('lists the tree flat, by name, in pages', async () => {
    const parent = await create();
    const child = await create(parent.id);
    const found: Category[] = [];
    let cursor = '';
    do {
      const page = (await app.get(`/categories?limit=3${cursor}`)).json();
      found.push(...page.data);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(found.find(({ id }) => id === child.id)?.parentId).toBe(parent.id);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    expect((await app.get('/categories?limit=1&count=exact')).json().total).toBe(found.length);
    expect((await app.get('/categories?cursor=AAAA')).statusCode).toBe(400);
  });

  it('refuses a taken slug with 409, and a parent that does not exist with 422', async () => {
    const category = await create();
    const taken = await app.post('/categories', { name: 'x', slug: category.slug }, { token });
    expect([taken.statusCode, taken.json().code]).toEqual([409, 'category.slug_taken']);
    const other = await create();
    expect((await app.patch(`/categories/${other.id}`, { slug: category.slug }, { token })).json().code).toBe(
      'category.slug_taken',
    );
    const orphan = await app.post('/categories', { name: 'x', parentId: newId() }, { token });
    expect([orphan.statusCode, orphan.json().code, orphan.json().errors[0].pointer]).toEqual([
      422,
      'category.unknown',
      '/parentId',
    ]);
    expect((await move(other.id, newId())).json().code).toBe('category.unknown');
  });

  it('moves a category with all below it, and to the top', async () => {
    const [from, to] = [await create(), await create()];
    const moved = await create(from.id);
    const below = await create(moved.id);
    expect((await move(moved.id, to.id)).json()).toMatchObject({ parentId: to.id, version: 2 });
    expect((await app.get(`/categories/${below.id}`)).json().parentId).toBe(moved.id);
    expect((await move(moved.slug, null)).json().parentId).toBeNull();
    expect((await move(moved.id, to.id, { 'if-match': '"1"' })).statusCode).toBe(412);
  });

  it('refuses to hang a category below itself or a descendant', async () => {
    const top = await create();
    const middle = await create(top.id);
    const bottom = await create(middle.id);
    for (const parentId of [top.id, middle.id, bottom.id.toUpperCase()]) {
      const response = await move(top.id, parentId);
      expect([response.statusCode, response.json().code]).toEqual([409, 'category.cycle']);
    }
  });

  it('closes no circle when categories are moved below each other at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b, c] = [await create(), await create(), await create()];
      const answers = await Promise.all([move(a.id, b.id), move(b.id, c.id), move(c.id, a.id)]);
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 409]);
      const [row] = await app.database.query<{ tops: number }>(
        `SELECT count(*)::int AS tops FROM categories WHERE id = ANY ($1::uuid[]) AND parent_id IS NULL`,
        [[a.id, b.id, c.id]],
      );
      expect(row!.tops).toBe(1);
    }
  });

  it('stands at most 10 levels deep, however it gets there', async () => {
    let parent = await create();
    const top = parent;
    for (let depth = 2; depth <= 10; depth++) parent = await create(parent.id);
    expect((await app.post('/categories', { name: 'x', parentId: parent.id }, { token })).json().code).toBe(
      'category.too_deep',
    );
    const other = await create();
    expect((await move(top.id, other.id)).json().code).toBe('category.too_deep');
    expect((await move(parent.id, other.id)).statusCode).toBe(200);
  });

  it('is deleted only when empty', async () => {
    const parent = await create();
    const child = await create(parent.id);
    await createProduct(app, { categories: [child.id] });
    for (const { id } of [parent, child]) {
      const response = await app.delete(`/categories/${id}`, { token });
      expect([response.statusCode, response.json().code]).toEqual([409, 'category.in_use']);
    }
  });

  it.each([
    ['/categories', {}, '/name'],
    ['/categories', { name: '  ' }, '/name'],
    ['/categories', { name: 'x', slug: 'Not A Slug' }, '/slug'],
    ['/categories', { name: 'x', slug: '01970c1e-7f3a-7c55-9d8e-0242ac120004' }, '/slug'],
    ['/categories', { name: 'x', parentId: 'mugs' }, '/parentId'],
    ['/categories', { name: 'x', colour: 'red' }, '/colour'],
  ])('refuses POST %s %j with 400 at %s', async (path, body, pointer) => {
    const response = await app.post(path, body, { token });
    expect([response.statusCode, response.json().errors[0].pointer]).toEqual([400, pointer]);
  });

  it('needs products:write to change anything, and a parentId to move', async () => {
    const category = await create();
    expect((await app.post('/categories', { name: 'x' })).statusCode).toBe(401);
    expect((await app.delete(`/categories/${category.id}`)).statusCode).toBe(401);
    const { token: reader } = await createStaff(app, ['products:read']);
    expect((await app.post(`/categories/${category.id}/move`, { parentId: null }, { token: reader })).statusCode).toBe(
      403,
    );
    expect((await app.post(`/categories/${category.id}/move`, {}, { token })).json().errors[0].pointer).toBe(
      '/parentId',
    );
  });
});
