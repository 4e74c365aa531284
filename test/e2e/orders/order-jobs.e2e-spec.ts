import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const LIMIT_MS = 20_000;

describe('what happens to an order after the answer', () => {
  let app: TestApp;
  beforeAll(async () => {
    await emptyJobs();
    app = await TestApp.start({ ROLE: 'all', RESERVATION_TTL: '2' });
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

  it('gives captured money back once it is cancelled', async () => {
    const order = await createOrder(app);
    await pay(order);
    await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
    await eventually(async () => (await read(order)).paymentStatus === 'refunded', LIMIT_MS);
    expect(await read(order)).toMatchObject({ status: 'cancelled', payments: [{ refundedAmount: order.total }] });
  });

  it(
    'expires by itself when it is not paid in time, and its stock is free again',
    async () => {
      const { variants } = await createProduct(app, { stock: 1 });
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const order = await createOrder(app, { lines });
      await eventually(async () => (await read(order)).status === 'expired', LIMIT_MS);
      expect(await createOrder(app, { lines })).toMatchObject({ status: 'pending_payment' });
    },
    LIMIT_MS + 5_000,
  );
});
