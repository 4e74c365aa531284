import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../../src/common/ids.js';
import { InsufficientStockError } from '../../../src/products/inventory/inventory.errors.js';
import { InventoryService } from '../../../src/products/inventory/inventory.service.js';
import { createProduct } from '../../factories/product.factory.js';
import { unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('stock reservations', () => {
  let app: TestApp;
  let inventory: InventoryService;

  beforeAll(async () => {
    app = await TestApp.start();
    inventory = app.app.get(InventoryService);
  });
  afterAll(() => app.close());

  const levels = async (variantId: string): Promise<{ onHand: number; reserved: number }> => {
    const [row] = await app.database.query<{ onHand: number; reserved: number }>(
      `SELECT sum(on_hand)::int AS "onHand", sum(reserved)::int AS reserved FROM stock WHERE variant_id = $1`,
      [variantId],
    );
    return row!;
  };
  const open = async (orderId: string): Promise<number> => {
    const [row] = await app.database.query<{ pieces: number }>(
      `SELECT coalesce(sum(quantity), 0)::int AS pieces FROM reservations WHERE order_id = $1 AND status = 'open'`,
      [orderId],
    );
    return row!.pieces;
  };
  const anOrder = async (): Promise<string> => {
    const id = newId();
    await app.database.execute(
      `INSERT INTO orders (id, email, status, currency, subtotal_amount, total_amount, placed_at)
       VALUES ($1, 'buyer@example.com', 'pending_payment', 'EUR', 0, 0, now())`,
      [id],
    );
    return id;
  };
  /** In a transaction of its own, whatever the caller is in. */
  const outside = new AsyncResource('outside');
  const buy = (id: string, variantId: string): Promise<void> =>
    outside.runInAsyncScope(() => app.database.run(() => inventory.reserve(id, [{ variantId, quantity: 1 }])));
  const variantWith = async (stock: number): Promise<string> => (await createProduct(app, { stock })).variants[0]!.id;

  it('gives 5 pieces to exactly 5 of 20 parallel buyers, and refuses the rest', async () => {
    const variantId = await variantWith(5);
    const orders = await Promise.all(Array.from({ length: 20 }, anOrder));
    const outcomes = await Promise.allSettled(
      orders.map((id) => app.database.run(() => inventory.reserve(id, [{ variantId, quantity: 1 }]))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(refused.every(({ reason }) => reason instanceof InsufficientStockError)).toBe(true);
    expect(await levels(variantId)).toEqual({ onHand: 5, reserved: 5 });
  });

  it('serves parallel orders of the same variants in opposite order all alike', async () => {
    const left = await variantWith(40);
    const right = await variantWith(40);
    const orders = await Promise.all(Array.from({ length: 20 }, anOrder));
    await Promise.all(
      orders.map((id, index) => {
        const lines = [left, right].map((variantId) => ({ variantId, quantity: 1 }));
        return app.database.run(() => inventory.reserve(id, index % 2 === 0 ? lines : lines.toReversed()));
      }),
    );
    expect((await levels(left)).reserved).toBe(20);
    expect((await levels(right)).reserved).toBe(20);
  });

  it('holds nothing at all when one line lacks stock, and points at that line', async () => {
    const plenty = await variantWith(10);
    const scarce = await createProduct(app, { stock: 2 });
    const orderId = await anOrder();
    const attempt = inventory.reserve(orderId, [
      { variantId: plenty, quantity: 1 },
      { variantId: scarce.variants[0]!.id, quantity: 3 },
    ]);
    await expect(attempt).rejects.toMatchObject({
      code: 'product.insufficient_stock',
      message: `3 of ${scarce.variants[0]!.sku} requested, 2 available.`,
      errors: [{ pointer: '/lines/1/quantity', code: 'max', message: 'must not be greater than 2' }],
    });
    expect((await levels(plenty)).reserved).toBe(0);
    expect(await open(orderId)).toBe(0);
  });

  it('adds up lines of one variant before it decides, whatever the case of the id', async () => {
    const variantId = await variantWith(3);
    const lines = [
      { variantId, quantity: 2 },
      { variantId: variantId.toUpperCase(), quantity: 2 },
    ];
    await expect(inventory.reserve(newId(), lines)).rejects.toMatchObject({
      errors: [{ pointer: '/lines/0/quantity' }, { pointer: '/lines/1/quantity' }],
    });
    const orderId = await anOrder();
    await inventory.reserve(orderId, [lines[0]!, { ...lines[1]!, quantity: 1 }]);
    expect(await open(orderId)).toBe(3);
  });

  it('refuses a variant that has never had stock, and one that does not exist', async () => {
    const variantId = await variantWith(0);
    await expect(inventory.reserve(newId(), [{ variantId, quantity: 1 }])).rejects.toThrow('0 available');
    await expect(inventory.reserve(newId(), [{ variantId: newId(), quantity: 1 }])).rejects.toThrow('0 available');
  });

  it('refuses quantities beyond any stock instead of failing', async () => {
    const variantId = await variantWith(1);
    const lines = Array.from({ length: 3 }, () => ({ variantId, quantity: 2_147_483_647 }));
    await expect(inventory.reserve(newId(), lines)).rejects.toBeInstanceOf(InsufficientStockError);
  });

  it('takes from several locations when none has enough, the fullest first', async () => {
    const variantId = await variantWith(3);
    const locationId = newId();
    await app.database.execute(`INSERT INTO locations (id, code, name) VALUES ($1, $2, 'Second')`, [
      locationId,
      `location-${unique()}`,
    ]);
    await app.app.get(InventoryService).adjust({ variantId, locationId, delta: 5, reason: 'received' }, null);
    const orderId = await anOrder();
    await inventory.reserve(orderId, [{ variantId, quantity: 7 }]);
    const rows = await app.database.query(
      `SELECT quantity FROM reservations WHERE order_id = $1 ORDER BY location_id = $2`,
      [orderId, locationId],
    );
    expect(rows).toEqual([{ quantity: 2 }, { quantity: 5 }]);
    await inventory.release(orderId);
    expect(await levels(variantId)).toEqual({ onHand: 8, reserved: 0 });
  });

  it('gives back once, however often and from however many places it is asked to', async () => {
    const variantId = await variantWith(5);
    const orderId = await anOrder();
    await inventory.reserve(orderId, [{ variantId, quantity: 4 }]);
    await Promise.all(Array.from({ length: 10 }, () => inventory.release(orderId)));
    await inventory.release(orderId);
    expect(await levels(variantId)).toEqual({ onHand: 5, reserved: 0 });
    expect(await open(orderId)).toBe(0);
  });

  it('reserves again for an order whose reservation had been released', async () => {
    const variantId = await variantWith(5);
    const orderId = await anOrder();
    await inventory.reserve(orderId, [{ variantId, quantity: 4 }]);
    await inventory.release(orderId);
    await inventory.reserve(orderId, [{ variantId, quantity: 2 }]);
    expect(await open(orderId)).toBe(2);
    expect((await levels(variantId)).reserved).toBe(2);
  });

  it('keeps nothing of a reservation whose transaction rolls back', async () => {
    const variantId = await variantWith(5);
    const attempt = app.database.run(async () => {
      await inventory.reserve(newId(), [{ variantId, quantity: 4 }]);
      throw new Error('rolled back');
    });
    await expect(attempt).rejects.toThrow('rolled back');
    expect((await levels(variantId)).reserved).toBe(0);
  });

  it.each([
    ['is given back', (variantId: string, holder: string) => inventory.release(holder).then(() => variantId)],
    ['arrives', (variantId: string) => inventory.adjust({ variantId, delta: 1, reason: 'received' }, null)],
  ])('takes a piece that %s while the buyer waits for its row', async (_, free) => {
    const variantId = await variantWith(1);
    const [holder, buyer] = [await anOrder(), await anOrder()];
    await inventory.reserve(holder, [{ variantId, quantity: 1 }]);
    let buying: Promise<void> | undefined;
    await app.database.run(async () => {
      await free(variantId, holder);
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      buying = buy(buyer, variantId);
      while ((await app.database.query(waiting)).length === 0) await delay(5);
    });
    await buying;
    expect(await open(buyer)).toBe(1);
  });
});
