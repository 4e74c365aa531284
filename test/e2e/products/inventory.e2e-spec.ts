import { newId } from '../../../src/common/ids.js';
import { MAIN_LOCATION_ID } from '../../../src/products/inventory/entities/stock.entity.js';
import { createProduct, type TestVariant } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('inventory', () => {
  let app: TestApp;
  let token: string;
  let userId: string;

  beforeAll(async () => {
    app = await TestApp.start();
    const staff = await createStaff(app, ['inventory:read', 'inventory:write']);
    token = staff.token;
    userId = staff.user.id;
  });
  afterAll(() => app.close());

  const variantWith = async (stock: number): Promise<TestVariant> => (await createProduct(app, { stock })).variants[0]!;
  const adjust = (body: object, key: true | string = true): ReturnType<TestApp['post']> =>
    app.post('/inventory/adjustments', body, { token, key });
  const hold = (variantId: string, pieces: number): Promise<number> =>
    app.database.execute(`UPDATE stock SET reserved = $2 WHERE variant_id = $1`, [variantId, pieces]);
  const stockOf = async (sku: string): Promise<{ onHand: number; reserved: number; available: number }> => {
    const { data } = (await app.get(`/inventory?sku=${sku}&location=main`, { token })).json();
    expect(data).toHaveLength(1);
    return data[0];
  };

  describe('POST /inventory/adjustments', () => {
    it('adds, keeps the movement, and says where that leaves the stock', async () => {
      const { id, sku } = await variantWith(10);
      await hold(id, 2);
      const response = await adjust({ sku, delta: 5, reason: 'received', note: 'Delivery 4711' });
      expect(response.statusCode).toBe(201);
      expect(response.headers.location).toBe(`/api/v1/inventory/movements?variantId=${id}`);
      const adjustment = response.json();
      expect(adjustment).toMatchObject({
        variantId: id,
        sku,
        locationId: MAIN_LOCATION_ID,
        onHandDelta: 5,
        reason: 'received',
        note: 'Delivery 4711',
        actorId: userId,
        orderId: null,
        onHand: 15,
        reserved: 2,
        available: 13,
      });
      const { data } = (await app.get(`/inventory/movements?sku=${sku}`, { token })).json();
      expect(data.map(({ onHandDelta }: { onHandDelta: number }) => onHandDelta)).toEqual([5, 10]);
      expect(data[0].id).toBe(adjustment.id);
      expect(await stockOf(sku)).toMatchObject({ onHand: 15, reserved: 2, available: 13 });
    });

    it('sets to a counted number only from the number that was seen', async () => {
      const { id, sku } = await variantWith(10);
      expect((await adjust({ variantId: id, setTo: 7, from: 10, reason: 'count' })).json()).toMatchObject({
        onHandDelta: -3,
        onHand: 7,
      });
      const late = await adjust({ sku, setTo: 8, from: 10, reason: 'count' });
      expect([late.statusCode, late.json().code, late.json().onHand]).toEqual([409, 'inventory.changed', 7]);
      expect((await adjust({ sku, delta: 1, from: 10, reason: 'count' })).json().code).toBe('inventory.changed');
      expect((await adjust({ sku, setTo: 7, from: 7, reason: 'count' })).json()).toMatchObject({
        onHandDelta: 0,
        onHand: 7,
      });
    });

    it('never goes below what orders hold, below zero, or beyond what the column takes', async () => {
      const { id, sku } = await variantWith(10);
      await hold(id, 4);
      const below = await adjust({ sku, delta: -7, reason: 'damage' });
      expect([below.statusCode, below.json().code, below.json().reserved]).toEqual([
        409,
        'inventory.below_reserved',
        4,
      ]);
      expect((await adjust({ sku, setTo: 3, from: 10, reason: 'count' })).json().code).toBe('inventory.below_reserved');
      expect((await adjust({ sku, delta: -11, reason: 'damage' })).json().code).toBe('inventory.out_of_range');
      expect((await adjust({ sku, delta: 2_147_483_647, reason: 'received' })).json().code).toBe(
        'inventory.out_of_range',
      );
      expect((await adjust({ sku, delta: -6, reason: 'damage' })).json()).toMatchObject({ onHand: 4, available: 0 });
    });

    it('applies 20 parallel adjustments one after the other, with events in a row', async () => {
      const { id, sku } = await variantWith(0);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => adjust({ sku, delta: 3, reason: 'received' })),
      );
      expect(answers.every(({ statusCode }) => statusCode === 201)).toBe(true);
      expect((await stockOf(sku)).onHand).toBe(60);
      const events = await app.database.query<{ version: number }>(
        `SELECT aggregate_version AS version FROM outbox_events
         WHERE type = 'inventory.adjusted' AND data ->> 'variantId' = $1 ORDER BY aggregate_version`,
        [id],
      );
      expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    it('lets one of 20 parallel counts from the same number through', async () => {
      const { sku } = await variantWith(10);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => adjust({ sku, setTo: 20 + index, from: 10, reason: 'count' })),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(19);
    });

    it('needs an Idempotency-Key, and has one effect for 20 parallel sends of it', async () => {
      const { sku } = await variantWith(0);
      const body = { sku, delta: 1, reason: 'received' };
      const bare = await app.post('/inventory/adjustments', body, { token });
      expect([bare.statusCode, bare.json().code]).toEqual([400, 'request.idempotency_key_required']);
      const key = `adjust-${unique()}`;
      const answers = await Promise.all(Array.from({ length: 20 }, () => adjust(body, key)));
      expect(new Set(answers.map(({ body: text }) => text)).size).toBe(1);
      expect(answers[0]!.statusCode).toBe(201);
      expect((await stockOf(sku)).onHand).toBe(1);
      expect((await adjust({ ...body, delta: 2 }, key)).json().code).toBe('request.idempotency_key_reused');
    });

    it('answers 404 for a variant and a location that do not exist', async () => {
      const { id } = await variantWith(0);
      const codes = await Promise.all(
        [
          { sku: 'no-such-sku', delta: 1, reason: 'other' },
          { variantId: newId(), delta: 1, reason: 'other' },
          { variantId: id, locationId: newId(), delta: 1, reason: 'other' },
        ].map(async (body) => (await adjust(body)).json().code),
      );
      expect(codes).toEqual(['variant.not_found', 'variant.not_found', 'location.not_found']);
    });

    it.each([
      [{ delta: 1 }, '/sku'],
      [{ sku: 'a', variantId: 'b', delta: 1 }, '/variantId'],
      [{ sku: null, delta: 1 }, '/sku'],
      [{ sku: 'a' }, '/delta'],
      [{ sku: 'a', delta: 0 }, '/delta'],
      [{ sku: 'a', delta: 0.5 }, '/delta'],
      [{ sku: 'a', delta: '1' }, '/delta'],
      [{ sku: 'a', delta: 2_147_483_648 }, '/delta'],
      [{ sku: 'a', delta: [] }, '/delta'],
      [{ sku: 'a', delta: null }, '/delta'],
      [{ sku: 'a', setTo: -1, from: 0 }, '/setTo'],
      [{ sku: 'a', setTo: 1 }, '/from'],
      [{ sku: 'a', setTo: 1, from: 1, delta: 1 }, '/delta'],
      [{ sku: 'a', delta: 1, locationId: 'main' }, '/locationId'],
      [{ sku: 'a', delta: 1, reason: 'sale' }, '/reason'],
      [{ sku: 'a', delta: 1, quantity: 2 }, '/quantity'],
    ])('refuses %j with 400 at %s', async (body, pointer) => {
      const response = await adjust({ reason: 'received', ...body });
      expect([response.statusCode, response.json().code]).toEqual([400, 'request.invalid']);
      expect(response.json().errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    });
  });

  describe('GET /inventory', () => {
    it('lists stock by SKU, zero included, in pages', async () => {
      const prefix = `PAGE-${unique()}`;
      const variants = ['c', 'a', 'b'].map((name) => ({ sku: `${prefix}-${name}`, options: { Name: name } }));
      await createProduct(app, { variants, stock: 0, status: 'draft' });
      const skus: string[] = [];
      let cursor = '';
      do {
        const page = (await app.get(`/inventory?limit=100&location=main${cursor}`, { token })).json();
        skus.push(...page.data.map(({ sku }: { sku: string }) => sku));
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      expect(skus.filter((sku) => sku.startsWith(prefix))).toEqual(['a', 'b', 'c'].map((name) => `${prefix}-${name}`));
      expect(new Set(skus).size).toBe(skus.length);
    });

    it('finds what is below a level, counting what orders hold', async () => {
      const { id, sku } = await variantWith(10);
      const found = async (below: number): Promise<number> =>
        (
          await app.get(`/inventory?sku=${sku}&location=${MAIN_LOCATION_ID}&below=${below}&count=exact`, { token })
        ).json().total;
      expect([await found(10), await found(11)]).toEqual([0, 1]);
      await hold(id, 1);
      expect(await found(10)).toBe(1);
    });

    it.each(['below=-1', 'below=1.5', 'limit=0', 'colour=red', 'cursor=AAAA', 'sku=', 'sku=a&sku=b'])(
      'refuses ?%s',
      async (query) => {
        expect((await app.get(`/inventory?${query}`, { token })).statusCode).toBe(400);
      },
    );
  });

  it('lists locations', async () => {
    const { data } = (await app.get('/locations', { token })).json();
    expect(data).toContainEqual({ id: MAIN_LOCATION_ID, code: 'main', name: 'Main warehouse' });
  });

  it('is open to staff with the scopes only', async () => {
    const { token: reader } = await createStaff(app, ['products:read', 'products:write', 'inventory:read']);
    for (const path of ['/inventory', '/inventory/movements', '/locations']) {
      expect((await app.get(path)).statusCode).toBe(401);
      expect((await app.get(path, { token: reader })).statusCode).toBe(200);
    }
    const refused = await app.post(
      '/inventory/adjustments',
      { sku: 'a', delta: 1, reason: 'other' },
      { token: reader, key: true },
    );
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'auth.insufficient_scope']);
  });

  it('keeps movements for ever', async () => {
    const { id } = await variantWith(1);
    const change = app.database.execute(`UPDATE inventory_movements SET on_hand_delta = 2 WHERE variant_id = $1`, [id]);
    await expect(change).rejects.toThrow('append-only');
  });
});
