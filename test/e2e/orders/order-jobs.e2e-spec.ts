import { setTimeout } from 'node:timers/promises';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { listStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const LIMIT_MS = 60_000;

/** The statements of a paid order on their way to its mail; what the clock brings about has other texts. */
const PATH: Readonly<Record<string, RegExp>> = {
  begin: /^BEGIN/,
  commit: /^COMMIT/,
  lease: /^INSERT INTO idempotency_keys/,
  answer: /^UPDATE idempotency_keys/,
  price: /FROM variants/,
  reserve: /UPDATE stock/,
  place: /INSERT INTO orders/,
  intend: /INSERT INTO payments/,
  tell: /^INSERT INTO outbox_events/,
  publish: /UPDATE outbox_events/,
  charge: /fake_provider\.charges/,
  'lock order': /FROM orders o .* FOR UPDATE$/,
  'lock payments': /FROM payments p .* FOR UPDATE$/,
  'save payment': /^UPDATE payments/,
  'save order': /UPDATE orders/,
  'read order': /FROM orders o WHERE o\.id = ANY/,
  'claim mail': /^INSERT INTO mails/,
  'note mail': /^UPDATE mails/,
  acknowledge: /^UPDATE outbox_jobs/,
};

describe('what happens to an order after the answer', () => {
  let app: TestApp;
  beforeAll(async () => {
    await emptyJobs();
    app = await TestApp.start({ ROLE: 'all', RESERVATION_TTL: '600' });
  });
  afterAll(async () => {
    await expectInvariants(app);
    await app.close();
  });

  const pay = (order: PlacedOrderResponseDto) =>
    app.post(
      `/orders/${order.id}/payments`,
      { provider: 'fake', token: 'tok_success' },
      { key: true, ...guestOf(order) },
    );
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const isMailSent = async (order: PlacedOrderResponseDto) =>
    (
      await app.database.query(`SELECT id FROM mails WHERE dedupe_key = $1 AND sent_at IS NOT NULL`, [
        `order.confirmed:${order.id}`,
      ])
    ).length === 1;
  const mailsTo = async (email: string) => {
    const folder = join(process.env.TEST_DATA_DIR!, 'mail');
    const texts = await Promise.all(
      (await readdir(folder))
        .filter((name) => name.endsWith('.eml'))
        .map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
    );
    return texts.filter((text) => text.includes(email));
  };

  const openEvents = async () =>
    (await app.database.query(`SELECT id FROM outbox_events WHERE published_at IS NULL`)).length;

  it('is confirmed by one mail, to the address of the order, with its number', async () => {
    const email = `mail-${unique()}@example.com`;
    const order = await createOrder(app, { email });
    await pay(order);
    await eventually(() => isMailSent(order), LIMIT_MS);
    const mails = await mailsTo(email);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain(order.number);
  });

  it('is confirmed by a mail when nothing was due', async () => {
    const { variants } = await createProduct(app, {
      variants: [{ sku: `FREE-${unique()}`, prices: [{ amount: 0, currency: 'EUR' }] }],
    });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
    await eventually(() => isMailSent(order), LIMIT_MS);
    expect(await mailsTo(order.email)).toHaveLength(1);
  });

  it.each([1, 60])(
    'takes 22 statements in 2 transactions from the request of a paid order of %i lines to its mail',
    async (lines) => {
      const variants = Array.from({ length: lines }, (_, index) => ({
        sku: `PATH-${unique()}`,
        options: { size: String(index) },
        prices: [{ amount: 100 + index, currency: 'EUR' }],
      }));
      const product = await createProduct(app, { variants });
      await eventually(async () => (await openEvents()) === 0);
      // What follows from the orders before has to be over as well: nothing begins for three seconds.
      await eventually(async () => {
        const seen = listStatements();
        await setTimeout(3_000);
        seen.stop();
        return !seen.statements.some((text) => /^UPDATE outbox_jobs|FOR UPDATE$|^INSERT INTO mails/.test(text));
      }, LIMIT_MS);
      const { statements, stop } = listStatements();
      const order = await createOrder(app, {
        lines: product.variants.map(({ id }) => ({ variantId: id, quantity: 1 })),
        payment: { provider: 'fake', token: 'tok_success' },
      });
      await eventually(() => statements.some((text) => text.startsWith('UPDATE outbox_jobs')), LIMIT_MS);
      stop();
      expect(await isMailSent(order)).toBe(true);

      const steps = statements.flatMap((text) => Object.keys(PATH).find((step) => PATH[step]!.test(text)) ?? []);
      const inRequest = steps.slice(0, steps.lastIndexOf('commit') + 1).filter((step) => step !== 'publish');
      expect(inRequest).toEqual([
        ...['begin', 'lease', 'price', 'reserve', 'place', 'intend', 'tell', 'commit'],
        'charge',
        ...['begin', 'lock order', 'lock payments', 'save payment', 'save order', 'tell', 'commit'],
      ]);
      // A round of the relay is due by the clock as well, so one that comes in between is no part of the path.
      const afterwards = new Set(steps.slice(steps.lastIndexOf('commit') + 1));
      expect([...afterwards].sort()).toEqual(
        ['publish', 'answer', 'read order', 'claim mail', 'note mail', 'acknowledge'].sort(),
      );
    },
  );

  it('gives captured money back once it is cancelled', async () => {
    const order = await createOrder(app);
    await pay(order);
    await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
    await eventually(async () => (await read(order)).paymentStatus === 'refunded', LIMIT_MS);
    expect(await read(order)).toMatchObject({ status: 'cancelled', payments: [{ refundedAmount: order.total }] });
  });

  it('expires by itself when it is not paid in time, and its stock is free again', async () => {
    const { variants } = await createProduct(app, { stock: 1 });
    const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
    const order = await createOrder(app, { lines });
    const { placedAt, expiresAt } = await read(order);
    expect(Date.parse(String(expiresAt)) - Date.parse(String(placedAt))).toBe(600_000);
    // Ten minutes later.
    await app.database.execute(
      `UPDATE orders SET placed_at = placed_at - interval '10 minutes', expires_at = expires_at - interval '10 minutes' WHERE id = $1`,
      [order.id],
    );
    await eventually(async () => (await read(order)).status === 'expired', LIMIT_MS);
    expect(await createOrder(app, { lines })).toMatchObject({ status: 'pending_payment' });
  });
});
