import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { eventually } from '../../support/test-worker.js';
import { unanswered } from '../../support/unanswered.js';

const BROWSER = { headers: { accept: 'text/html' } };

describe('the fake payment company', () => {
  let app: TestApp;
  let fake: FakePaymentProvider;
  let network: FakePaymentProvider['company']['send'];
  beforeAll(async () => {
    app = await TestApp.start();
    fake = app.app.get(FakePaymentProvider);
    network = fake.company.send;
    fake.company.send = async (body, headers) =>
      (await app.send('POST', '/payment-webhooks/fake', { raw: body, headers: { ...headers } })).statusCode;
  });
  afterEach(() => expectInvariants(app));
  afterAll(async () => {
    fake.company.send = network;
    await app.close();
  });

  /** An order whose shopper has to confirm, and the page where that is done. */
  const waiting = async () => {
    const order = await createOrder(app);
    const payment = (
      await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token: 'tok_action' },
        { key: true, ...guestOf(order) },
      )
    ).json<PaymentResponseDto>();
    return { order, page: `/${new URL(payment.nextAction!.url!).pathname}` };
  };
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();

  it.each([
    ['confirm', 'Confirm', { status: 'confirmed', payments: [{ status: 'captured' }] }],
    [
      'refuse',
      'Refuse',
      { status: 'pending_payment', payments: [{ status: 'failed', failureCode: 'action_refused' }] },
    ],
  ])('has a page where the shopper can %s, after which the shop hears of it', async (action, button, end) => {
    const { order, page } = await waiting();
    const shown = await app.get(page, BROWSER);
    expect([shown.statusCode, shown.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(shown.body).toContain(`>${button}</button>`);
    expect(shown.body).toContain('19.99');
    const form = { ...BROWSER.headers, 'content-type': 'application/x-www-form-urlencoded' };
    const done = await app.send('POST', `${page}/${action}`, { raw: '', headers: form });
    expect([done.statusCode, done.body]).toEqual([200, expect.stringContaining('Thank you')]);
    expect(await read(order)).toMatchObject(end);
    // Twice is once.
    await app.send('POST', `${page}/confirm`, { raw: '', headers: form });
    expect(await read(order)).toMatchObject(end);
  });

  it('sends webhooks many times, forged and too late when it is told to, and the order stays as it is', async () => {
    const { order, page } = await waiting();
    await app.post(`${page}/confirm`);
    const tell = async (body: object) =>
      (await app.post(`${page}/webhooks/send`, body)).json<{ statuses: number[] }>().statuses;
    expect(await tell({ times: 5 })).toEqual(Array<number>(5).fill(200));
    expect(await tell({ isForged: true })).toEqual([400]);
    expect(await tell({ version: 1 })).toEqual([200]);
    expect(await read(order)).toMatchObject({ status: 'confirmed', version: 2, payments: [{ version: 3 }] });
  });

  it('answers late, not at all, or refuses when it is told to, until it is told to behave', async () => {
    const pay = async (order: PlacedOrderResponseDto) =>
      (
        await app.post(
          `/orders/${order.id}/payments`,
          { provider: 'fake', token: 'tok_success' },
          { key: true, ...guestOf(order) },
        )
      ).json<PaymentResponseDto>().status;
    const behave = async (body: object) => (await app.post('//dev/payments/behaviour', body)).statusCode;
    const staff = await createStaff(app);
    const refund = async (order: PlacedOrderResponseDto) => {
      const [payment] = (await read(order)).payments;
      const { token } = staff;
      return (
        await app.post(
          `/payments/${payment!.id}/refunds`,
          { amount: { amount: 1, currency: 'EUR' } },
          { key: true, token },
        )
      ).json<{
        status: string;
      }>().status;
    };
    try {
      expect(await behave({ delayMs: 60_001 })).toBe(400);
      expect(await behave({ delayMs: 20 })).toBe(200);
      const late = await createOrder(app);
      expect(await pay(late)).toBe('captured');
      await behave({ isSilent: true });
      const lost = await createOrder(app);
      expect(await unanswered(app, () => pay(lost))).toBe('processing');
      await behave({ delayMs: 60_000 });
      const tooLate = await createOrder(app);
      expect(await unanswered(app, () => pay(tooLate))).toBe('processing');
      await behave({ refusesRefunds: true });
      expect(await refund(late)).toBe('failed');
      await behave({});
      expect(await refund(late)).toBe('succeeded');
      await app.app.get(PaymentSweepService).sweep(new Date(Date.now() + 61_000));
      expect([(await read(lost)).status, (await read(tooLate)).status]).toEqual(['confirmed', 'confirmed']);
    } finally {
      await behave({});
    }
  });

  it('sends an event again when the shop did not take it', async () => {
    const { order, page } = await waiting();
    const { send } = fake.company;
    let tries = 0;
    fake.company.send = (body, headers) => (++tries === 1 ? Promise.reject(new Error('refused')) : send(body, headers));
    await app.post(`${page}/confirm`);
    expect((await read(order)).status).toBe('pending_payment');
    await eventually(async () => (await read(order)).status === 'confirmed');
    fake.company.send = send;
    expect(tries).toBe(2);
  });

  it.each(['nothing', '%00', 'constructor'])(
    'knows no charge %s (404), and nothing else to decide',
    async (reference) => {
      expect((await app.get(`//dev/payments/${reference}`)).statusCode).toBe(404);
      expect((await app.post(`//dev/payments/${reference}/confirm`)).statusCode).toBe(404);
      const { page } = await waiting();
      expect((await app.post(`${page}/${reference}`)).statusCode).toBe(404);
    },
  );

  it('is not there in production', async () => {
    const { page } = await waiting();
    const production = await TestApp.start({ NODE_ENV: 'production', HOST: '127.0.0.1', REDIS_FLAVOUR: 'server' });
    try {
      expect((await production.get(page)).statusCode).toBe(404);
      expect((await production.post(`${page}/confirm`)).statusCode).toBe(404);
      const { json } = await production.send('POST', '/payment-webhooks/fake', { raw: '{}' });
      expect(json()).toMatchObject({ status: 404, code: 'payment_webhook.provider_unknown' });
    } finally {
      await production.close();
    }
  });
});
