import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { FulfilmentMails } from '../../../src/orders/fulfilments/fulfilment-mails.service.js';
import { orderMailKeys } from '../../../src/orders/mails/order-mail-queue.service.js';
import { OrderMailService } from '../../../src/orders/mails/order-mail.service.js';
import { OrderPrivacyService } from '../../../src/orders/privacy/order-privacy.service.js';
import { shipOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf, type TestOrderOptions } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { readMessage } from '../../support/mime.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const LIMIT_MS = 60_000;
const THREE_MINUTES_MS = 180_000;
const AT_ONCE = 20;

describe('mail about an order', () => {
  let app: TestApp;
  let mails: OrderMailService;
  let dataDir: string;
  beforeAll(async () => {
    await emptyJobs();
    dataDir = await mkdtemp(join(tmpdir(), 'storehouse-order-mails-'));
    app = await TestApp.start({ ROLE: 'all', STOREFRONT_URL: 'https://shop.example', DATA_DIR: dataDir });
    mails = app.app.get(OrderMailService, { strict: false });
  });
  afterAll(async () => {
    await app.close();
    await rm(dataDir, { recursive: true });
  });

  const order = (options: TestOrderOptions = {}) =>
    createOrder(app, { email: `mails-${unique()}@example.com`, ...options });
  const pay = (placed: PlacedOrderResponseDto, token = 'tok_success') =>
    app.post(`/orders/${placed.id}/payments`, { provider: 'fake', token }, { key: true, ...guestOf(placed) });
  const cancel = (placed: PlacedOrderResponseDto) => app.post(`/orders/${placed.id}/cancel`, {}, guestOf(placed));
  const tellAwaited = (laterMs = THREE_MINUTES_MS) => mails.tellAwaited(new Date(Date.now() + laterMs));
  /** What has been sent to an address: kept files of the development mailbox. */
  const mailsTo = async (email: string) => {
    const folder = join(dataDir, 'mail');
    const texts = await Promise.all(
      (await readdir(folder).catch(() => []))
        .filter((name) => name.endsWith('.eml'))
        .map((name) => readFile(join(folder, name), 'utf8')),
    );
    return texts
      .filter((text) => text.includes(email))
      .map((text) => readMessage(text))
      .sort((left, right) => left.date.getTime() - right.date.getTime());
  };
  /** Waits for so many mails to the address of an order. */
  const sent = async ({ email }: { email: string }, count: number) => {
    await eventually(async () => (await noted(email)) >= count, LIMIT_MS);
    return mailsTo(email);
  };
  const noted = async (email: string): Promise<number> =>
    (await app.database.query(`SELECT 1 FROM mails WHERE recipient = $1 AND sent_at IS NOT NULL`, [email])).length;
  const openJobs = async (): Promise<number> =>
    (
      await app.database.query(
        `SELECT 1 FROM outbox_events WHERE published_at IS NULL UNION ALL SELECT 1 FROM outbox_jobs WHERE completed_at IS NULL`,
      )
    ).length;
  const quiet = () => eventually(async () => (await openJobs()) === 0, LIMIT_MS);

  it('tells once that a parcel is on its way, with its tracking link, in the language of the order', async () => {
    const placed = await order({ language: 'de' });
    await pay(placed);
    await sent(placed, 1);
    const tracking = { carrier: 'DHL', trackingNumber: '0034', trackingUrl: 'https://track.example/0034?a=1&b=2' };
    const [shipped] = await shipOrder(app, placed, undefined, tracking);
    const [, mail] = await sent(placed, 2);
    expect(mail!.subject).toBe(`Ihre Bestellung ${placed.number} ist unterwegs`);
    for (const text of ['DHL', 'unter der Nummer 0034', tracking.trackingUrl, `(${placed.lines[0]!.sku}): 1`])
      expect(mail!.text).toContain(text);
    expect(mail!.html).toContain('href="https://track.example/0034?a&#x3D;1&amp;b&#x3D;2"');
    const fulfilments = app.app.get(FulfilmentMails, { strict: false });
    await Promise.all(Array.from({ length: AT_ONCE }, () => fulfilments.tell(shipped!.id)));
    await quiet();
    expect(await mailsTo(placed.email)).toHaveLength(2);
    const parcel = await order();
    await pay(parcel);
    await shipOrder(app, parcel);
    const [, plain] = await sent(parcel, 2);
    expect(plain!.text).toContain('We have sent you your order.');
    expect(plain!.text).not.toMatch(/null|undefined|under the number|See where/);
  });

  it('says that the order waits, until when, and where to pay, once it has waited two minutes', async () => {
    const placed = await order();
    await tellAwaited(0);
    await quiet();
    expect(await mailsTo(placed.email)).toEqual([]);
    await tellAwaited();
    const [mail, ...more] = await sent(placed, 1);
    expect(more).toEqual([]);
    expect(mail!.subject).toBe(`Your order ${placed.number} waits for its payment`);
    for (const body of [mail!.text, mail!.html]) {
      expect(body).toContain('€19.99');
      expect(body).toContain(`https://shop.example/orders/${placed.id}#token`);
    }
    expect(mail!.text).toContain(`#token=${placed.orderToken}`);
    expect(mail!.text).toContain('UTC');
  });

  it('leads a customer to the order without a token, as the account opens it', async () => {
    const { user, token } = await createUser(app);
    const placed = await createOrder(app, { token });
    await tellAwaited();
    await eventually(async () => (await mailsTo(user.email)).length > 0, LIMIT_MS);
    await quiet();
    const mail = (await mailsTo(user.email)).find(({ subject }) => subject.includes(placed.number))!;
    expect(mail.text).toContain(`https://shop.example/orders/${placed.id}\n`);
    expect(mail.text + mail.html).not.toContain('token');
    expect(mail.text).not.toContain('use this code');
  });

  it('is the confirmation alone when the order is paid in the same call, or at once', async () => {
    const inOneCall = await order({ payment: { provider: 'fake', token: 'tok_success' } });
    const atOnce = await order();
    await pay(atOnce);
    for (const placed of [inOneCall, atOnce]) {
      await sent(placed, 1);
      await tellAwaited();
      await quiet();
      const sentMails = await mailsTo(placed.email);
      expect(sentMails.map(({ subject }) => subject)).toEqual([`Your order ${placed.number} is confirmed`]);
    }
  });

  it('says that the payment failed, when nothing came after it, and that alone', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_decline' } });
    await tellAwaited(0);
    await tellAwaited();
    await tellAwaited();
    await quiet();
    const [mail, ...more] = await sent(placed, 1);
    expect(more).toEqual([]);
    expect(mail!.subject).toBe(`The payment of your order ${placed.number} did not succeed`);
    expect(mail!.text).toContain(`#token=${placed.orderToken}`);
  });

  it('says nothing of a failed payment that another one has made good', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_decline' } });
    await pay(placed);
    await sent(placed, 1);
    await tellAwaited();
    await quiet();
    const sentMails = await mailsTo(placed.email);
    expect(sentMails.map(({ subject }) => subject)).toEqual([`Your order ${placed.number} is confirmed`]);
  });

  it('says that the order was cancelled and that nothing was charged', async () => {
    const placed = await order();
    await cancel(placed);
    const [mail] = await sent(placed, 1);
    expect(mail!.subject).toBe(`Your order ${placed.number} was cancelled`);
    expect(mail!.text).toContain('Nothing was charged.');
  });

  it('says what goes back of a cancelled order, and again when it has gone back', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_success' }, language: 'de-DE' });
    await cancel(placed);
    const sentMails = await sent(placed, 3);
    expect(sentMails).toHaveLength(3);
    const bySubject = (part: string) => sentMails.find(({ subject }) => subject.includes(part))!;
    const cancelled = bySubject('wurde storniert').text;
    expect(cancelled).toContain('19,99\u00a0€ gehen an Sie zurück');
    expect(cancelled).not.toContain('nichts abgebucht');
    const refunded = bySubject('gehen an Sie zurück');
    expect(refunded.subject).toBe(`19,99\u00a0€ Ihrer Bestellung ${placed.number} gehen an Sie zurück`);
    expect(refunded.text).toContain('Ihre Bestellung wurde storniert.');
  });

  it('says what was authorised of a cancelled order and is free again', async () => {
    const placed = await order();
    const staff = await createStaff(app);
    await app.post(`/orders/${placed.id}/payments`, { provider: 'manual' }, { key: true, token: staff.token });
    await cancel(placed);
    const sentMails = await sent(placed, 2);
    const text = sentMails.find(({ subject }) => subject.includes('cancelled'))!.text;
    expect(text).toContain('€19.99 that was reserved for us is free again');
    expect(text).not.toContain('goes back to you');
  });

  it('says so too when a provider holds the money, who is only asked afterwards', async () => {
    const later = await TestApp.start({ PAYMENT_CAPTURE: 'later' });
    const placed = await createOrder(later, { payment: { provider: 'fake', token: 'tok_success' } });
    expect(placed.payments).toMatchObject([{ status: 'authorised' }]);
    await cancel(placed);
    const sentMails = await sent(placed, 2);
    const text = sentMails.find(({ subject }) => subject.includes('cancelled'))!.text;
    expect(text).toContain('€19.99 that was reserved for us is free again');
    await later.close();
  });

  it('says how much of an order was refunded, and why', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_success' } });
    const staff = await createStaff(app);
    const part = { amount: { amount: 500, currency: 'EUR' }, reason: 'damaged', note: 'Staff only' };
    await app.post(`/payments/${placed.payments[0]!.id}/refunds`, part, { key: true, token: staff.token });
    const sentMails = await sent(placed, 2);
    const mail = sentMails.find(({ subject }) => subject.includes('goes back'))!;
    expect(mail.subject).toBe(`€5.00 of your order ${placed.number} goes back to you`);
    expect(mail.text).toContain('The goods were damaged.');
    expect(mail.text + mail.html).not.toContain('Staff only');
  });

  it('says what an order comes to once staff have changed it, and what is still to be paid, each time once', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_success' } });
    const [line] = placed.lines;
    const { token } = await createStaff(app);
    for (const [quantity, due] of [
      [2, '€19.99 is still to be paid.'],
      [1, 'You need not pay any more.'],
    ] as const) {
      const change = { lines: [{ lineId: line!.id, quantity }] };
      const proposed = await app.post(`/orders/${placed.id}/edits`, change, { key: true, token });
      const confirmed = await app.post(`/order-edits/${proposed.json<{ id: string }>().id}/confirm`, undefined, {
        key: true,
        token,
      });
      expect([confirmed.statusCode, confirmed.body]).toEqual([200, confirmed.body]);
      await quiet();
      const [, ...edited] = await mailsTo(placed.email);
      const mail = edited.find(({ text }) => text.includes(due))!;
      expect(mail.subject).toBe(`Your order ${placed.number} was changed`);
      expect(mail.text).toContain(`https://shop.example/orders/${placed.id}#token=`);
    }
    expect(await mailsTo(placed.email)).toHaveLength(3);
  });

  it('says that an order has ended without payment', async () => {
    const placed = await order();
    await app.database.execute(`UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = $1`, [placed.id]);
    const [mail] = await sent(placed, 1);
    expect(mail!.subject).toBe(`Your order ${placed.number} has ended without payment`);
  });

  it.each<[string, { language?: string; accept?: string; profile?: string }, string | null, string]>([
    ['the one of the order', { language: 'de-AT', accept: 'en', profile: 'en' }, 'de-AT', 'Ihre Bestellung'],
    [
      'the dearest that is spoken of Accept-Language',
      { accept: 'fr, en;q=0.2, de-ch;q=0.8' },
      'de-CH',
      'Ihre Bestellung',
    ],
    ['none that Accept-Language rules out', { accept: 'de;q=0, *' }, null, 'Your order'],
    ['that of the account', { accept: 'fr', profile: 'de' }, null, 'Ihre Bestellung'],
    [
      'that of the account when the one of the order is not spoken',
      { language: 'fr', profile: 'de' },
      'fr',
      'Ihre Bestellung',
    ],
    ['that of the shop', { language: 'fr' }, 'fr', 'Your order'],
  ])('is in %s', async (_, { language, accept, profile }, kept, subject) => {
    const { user, token } = await createUser(app);
    if (profile) await app.patch('/users/me', { locale: profile }, { token });
    const { variants } = await createProduct(app);
    const body = {
      lines: [{ variantId: variants[0]!.id, quantity: 1 }],
      payment: { provider: 'fake', token: 'tok_success' },
      language,
    };
    const headers: Record<string, string> = accept ? { 'accept-language': accept } : {};
    const response = await app.post('/orders', body, { key: true, token, headers });
    const placed = response.json<PlacedOrderResponseDto>();
    expect(placed.language).toBe(kept);
    const confirmationOf = async () =>
      (await mailsTo(user.email)).find((mail) => mail.subject.includes(` ${placed.number} `));
    await eventually(async () => (await confirmationOf()) !== undefined, LIMIT_MS);
    expect((await confirmationOf())!.subject).toContain(subject);
  });

  it.each(['no language', 'd', 'x'.repeat(40), 7, null, ''])('refuses the language %j', async (language) => {
    const response = await app.post('/orders', { lines: [], email: 'ada@example.com', language }, { key: true });
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('/language');
  });

  it('is sent once, however often and by however many its event is handed over', async () => {
    const placed = await order({ payment: { provider: 'fake', token: 'tok_success' } });
    await sent(placed, 1);
    const event = { type: 'order.confirmed', aggregateId: placed.id, aggregateVersion: 1, data: {} };
    await Promise.all(Array.from({ length: AT_ONCE }, () => mails.tell(event)));
    const waiting = await order();
    const tellMany = () => Promise.all(Array.from({ length: AT_ONCE }, () => tellAwaited()));
    await tellMany();
    await tellMany();
    await sent(waiting, 1);
    await quiet();
    for (const { email } of [placed, waiting]) expect(await mailsTo(email)).toHaveLength(1);
  });

  it('passes over an event that it has nothing to say about', async () => {
    const placed = await order();
    await mails.tell({ type: 'order.placed', aggregateId: placed.id, aggregateVersion: 1, data: {} });
    expect(await mailsTo(placed.email)).toEqual([]);
  });

  it('does not go to somebody who has been erased, and leaves no address of theirs behind', async () => {
    const owner = await createUser(app);
    const email = `typed-${unique()}@example.com`;
    const cancelled = await createOrder(app, {
      token: owner.token,
      email,
      payment: { provider: 'fake', token: 'tok_success' },
    });
    await app.post(`/orders/${cancelled.id}/cancel`, {}, { token: owner.token });
    const waiting = await createOrder(app, { token: owner.token, email });
    const declined = await createOrder(app, {
      token: owner.token,
      email,
      payment: { provider: 'fake', token: 'tok_decline' },
    });
    await tellAwaited();
    await sent({ email }, 5);
    await app.app.get(OrderPrivacyService, { strict: false }).erase(owner.user.id, null);
    expect(await app.database.query(`SELECT template FROM mails WHERE recipient = $1`, [email])).toEqual([]);
    const told = await app.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM mails`);
    for (const type of ['order.confirmed', 'order.cancelled', 'order.expired'])
      await mails.tell({ type, aggregateId: waiting.id, aggregateVersion: 1, data: {} });
    await app.database.execute(`DELETE FROM mails WHERE dedupe_key = ANY ($1)`, [
      [orderMailKeys.placed(waiting.id), orderMailKeys.placed(declined.id)],
    ]);
    await tellAwaited();
    expect(await mailsTo(email)).toHaveLength(5);
    const [after] = await app.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM mails`);
    expect(after!.count).toBeLessThanOrEqual(told[0]!.count);
  });

  it('shows what staff called a product as text, and not as markup', async () => {
    const { variants } = await createProduct(app, { name: '<b>Tea & "pot"</b> {{shop}}' });
    const placed = await order({ lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
    await cancel(placed);
    const [mail] = await sent(placed, 1);
    expect(mail!.text).toContain('<b>Tea & "pot"</b> {{shop}}');
    expect(mail!.html).toContain('&lt;b&gt;Tea &amp; &quot;pot&quot;&lt;/b&gt; {{shop}}');
    expect(mail!.html).not.toContain('<b>');
  });
});
