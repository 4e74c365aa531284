import { createHash } from 'node:crypto';
import type { Job } from 'bull';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import type { EventJobs } from '../../../src/jobs/event-jobs.js';
import type { EventJob } from '../../../src/jobs/queues.js';
import type { PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { InvoicePageDto, InvoiceResponseDto } from '../../../src/orders/invoices/invoices.dto.js';
import { InvoicesProcessor } from '../../../src/orders/invoices/invoices.processor.js';
import { InvoicesService } from '../../../src/orders/invoices/invoices.service.js';
import { RefundsService } from '../../../src/orders/payments/refunds.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { pdfText } from '../../support/pdf-text.js';
import { TestApp } from '../../support/test-app.js';

const SELLER = {
  SELLER_NAME: 'Größe Handel GmbH',
  SELLER_ADDRESS: 'Straße 1, 10115 Berlin',
  SELLER_COUNTRY: 'DE',
  SELLER_VAT_ID: 'DE123456789',
};
const address = { name: 'Ada Łovelace', line1: 'Улица 1', city: 'München', postalCode: '80331', countryCode: 'DE' };
const payment = { provider: 'fake' as const, token: 'tok_success' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('invoices', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    app = await TestApp.start(SELLER);
    ({ token: staff } = await createStaff(app, ['orders:read', 'orders:write', 'payments:refund']));
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const invoices = () => app.app.get(InvoicesService, { strict: false });
  const issue = (orderId: string) => app.post(`/orders/${orderId}/invoices`, undefined, { key: true, token: staff });
  const issued = async (orderId: string): Promise<InvoiceResponseDto> => (await issue(orderId)).json();
  const documentsOf = async (orderId: string): Promise<InvoiceResponseDto[]> =>
    (await app.get(`/invoices?orderId=${orderId}`, { token: staff })).json<InvoicePageDto>().data.reverse();
  const refund = async (orderId: string, body: object): Promise<void> => {
    const [row] = await app.database.query<{ id: string }>(`SELECT id FROM payments WHERE order_id = $1`, [orderId]);
    const response = await app.post(`/payments/${row!.id}/refunds`, body, { key: true, token: staff });
    expect(response.statusCode).toBe(201);
  };
  /** Ten pieces at 19.99 with 19 % on top, paid. */
  const taxedOrder = async (): Promise<PlacedOrderResponseDto> => {
    const order = await createOrder(app, { billingAddress: address, language: 'de' });
    const taxes = JSON.stringify([{ rateId: null, name: 'MwSt.', rate: '0.19', amount: 3798 }]);
    await app.database.execute(
      `UPDATE order_lines SET quantity = 10, tax_amount = 3798, total_amount = 23788, taxes = $2 WHERE order_id = $1`,
      [order.id, taxes],
    );
    await app.database.execute(
      `UPDATE orders SET subtotal_amount = 19990, tax_total_amount = 3798, total_amount = 23788 WHERE id = $1`,
      [order.id],
    );
    await app.database.execute(`UPDATE reservations SET quantity = 10 WHERE order_id = $1`, [order.id]);
    await app.database.execute(
      `UPDATE stock SET reserved = 10 WHERE variant_id = (SELECT variant_id FROM order_lines WHERE order_id = $1)`,
      [order.id],
    );
    await app.post(`/orders/${order.id}/payments`, payment, { key: true, ...guestOf(order) });
    return order;
  };

  it('are issued by staff, once for an order that is sold, and not before', async () => {
    const order = await createOrder(app, { billingAddress: address });
    expect((await issue(order.id)).json()).toMatchObject({ status: 409, code: 'invoice.order_not_sold' });
    await app.post(`/orders/${order.id}/payments`, payment, { key: true, ...guestOf(order) });
    const response = await issue(order.id);
    expect([response.statusCode, response.json()]).toMatchObject([
      201,
      { kind: 'invoice', orderId: order.id, invoiceId: null, net: eur(1999), tax: eur(0), total: eur(1999) },
    ]);
    const invoice = response.json<InvoiceResponseDto>();
    expect(response.headers.location).toContain(`/invoices/${invoice.id}`);
    expect(invoice.number).toMatch(/^INV-\d{4}-\d{6}$/);
    expect((await issue(order.id)).json()).toMatchObject({ code: 'invoice.already_issued', number: invoice.number });
    expect((await app.get(`/invoices/${invoice.id}`, { token: staff })).json()).toEqual(invoice);
  });

  it('are downloaded by owner, guest and staff in the language of the order, and exist for nobody else', async () => {
    const owner = await createUser(app);
    const order = await createOrder(app, { token: owner.token, billingAddress: address, language: 'de', payment });
    const path = `/orders/${order.id}/invoice`;
    expect((await app.get(path, { token: owner.token })).json()).toMatchObject({
      status: 404,
      code: 'invoice.not_found',
    });
    const { number, id } = await issued(order.id);
    const response = await app.get(path, { token: owner.token });
    expect(response.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${number}.pdf"`,
    });
    const [page] = pdfText(response.rawPayload);
    for (const text of [
      `Rechnung ${number}`,
      'Größe Handel GmbH',
      'DE123456789',
      'Ada Łovelace',
      'Улица 1',
      order.number,
      order.lines[0]!.sku,
      '19,99 €',
    ])
      expect(page).toContain(text);
    expect((await app.get(path, { token: staff })).rawPayload.equals(response.rawPayload)).toBe(true);
    expect((await app.get(`/invoices/${id}/pdf`, { token: staff })).rawPayload.equals(response.rawPayload)).toBe(true);
    const kept = await app.database.query(`SELECT sha256 FROM invoice_files WHERE invoice_id = $1`, [id]);
    expect(kept).toEqual([{ sha256: createHash('sha256').update(response.rawPayload).digest('hex') }]);
    for (const token of [undefined, (await createUser(app)).token])
      expect((await app.get(path, { token })).json()).toMatchObject({ status: 404, code: 'order.not_found' });
    const guest = await createOrder(app, { payment });
    await issued(guest.id);
    expect((await app.get(`/orders/${guest.id}/invoice`, guestOf(guest))).statusCode).toBe(200);
  });

  it('are read by machines, where the norm can say them', async () => {
    const order = await taxedOrder();
    const { id, number } = await issued(order.id);
    const xml = await app.get(`/invoices/${id}/xml`, { token: staff });
    expect(xml.headers['content-type']).toContain('text/xml');
    expect(xml.body).toContain(`<ram:ID>${number}</ram:ID>`);
    expect(xml.body).toContain('<ram:TaxTotalAmount currencyID="EUR">37.98</ram:TaxTotalAmount>');
    const withoutAddress = await createOrder(app, { payment });
    const other = await issued(withoutAddress.id);
    expect((await app.get(`/invoices/${other.id}/xml`, { token: staff })).json()).toMatchObject({
      status: 409,
      code: 'invoice.not_expressible',
    });
  });

  it('are taken back by credit notes for each refund and for the cancellation, which come to the invoice and no more', async () => {
    const order = await taxedOrder();
    await refund(order.id, { amount: eur(1000) });
    const invoice = await issued(order.id);
    // What went back before the invoice is credited with it.
    expect((await documentsOf(order.id)).map(({ kind, total, tax }) => [kind, total.amount, tax.amount])).toEqual([
      ['invoice', 23788, 3798],
      ['credit_note', 1000, 160],
    ]);
    const [line] = order.lines;
    await refund(order.id, { lines: [{ lineId: line!.id, quantity: 1 }] });
    await Promise.all([invoices().follow(order.id), invoices().follow(order.id)]);
    await app.post(`/orders/${order.id}/cancel`, {}, { token: staff, key: true });
    const pending = await app.database.query<{ id: string }>(
      `SELECT id FROM refunds WHERE order_id = $1 AND status = 'pending'`,
      [order.id],
    );
    for (const { id } of pending) await app.app.get(RefundsService, { strict: false }).execute(id);
    await Promise.all([invoices().follow(order.id), invoices().follow(order.id)]);
    const documents = await documentsOf(order.id);
    const notes = documents.filter(({ kind }) => kind === 'credit_note');
    expect(notes.map(({ total, invoiceId }) => [total.amount, invoiceId])).toEqual([
      [1000, invoice.id],
      [2379, invoice.id],
      [20409, invoice.id],
    ]);
    expect(notes.reduce((sum, { tax }) => sum + tax.amount, 0)).toBe(3798);
    expect(notes.map(({ number }) => number.slice(0, 3))).toEqual(['CN-', 'CN-', 'CN-']);
    const pages = await Promise.all(notes.map(async ({ id }) => pdfText(await invoices().render(id)).join(' ')));
    pages.forEach((page) => expect(page).toContain(`Korrigiert die Rechnung ${invoice.number}`));
    expect(pages[1]).toContain(line!.sku);
    expect((await issue(order.id)).json()).toMatchObject({ code: 'invoice.order_not_sold' });
  });

  it('are issued anew when the order has been edited, and the first is taken back', async () => {
    const order = await taxedOrder();
    const first = await issued(order.id);
    await app.database
      .run(async () => {
        await app.database.execute(
          `UPDATE order_lines SET quantity = 5, tax_amount = 1899, total_amount = 11894 WHERE order_id = $1`,
          [order.id],
        );
        await app.database.execute(
          `UPDATE orders SET subtotal_amount = 9995, tax_total_amount = 1899, total_amount = 11894 WHERE id = $1`,
          [order.id],
        );
        await invoices().follow(order.id);
        const documents = await documentsOf(order.id);
        expect(documents.map(({ kind, total, invoiceId }) => [kind, total.amount, invoiceId])).toEqual([
          ['invoice', 23788, null],
          ['invoice', 11894, null],
          ['credit_note', 23788, first.id],
        ]);
        throw new Error('as it was');
      })
      .catch((error: Error) => expect(error.message).toBe('as it was'));
  });

  it('are numbered without gaps by 32 at the same moment, of whom every third is rolled back', async () => {
    const orders = await Promise.all(Array.from({ length: 32 }, () => createOrder(app, { payment })));
    const transactions = app.app.get(TransactionRunner);
    const results = await Promise.allSettled(
      orders.map(({ id }, index) =>
        transactions.run(async () => {
          await invoices().issue(id);
          if (index % 3 === 0) throw new Error('rolled back');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(21);
    const rows = await app.database.query<{ series: string; numbers: number[] }>(
      `SELECT substring(number FROM '^(.*-)\\d+$') AS series, array_agg(substring(number FROM '\\d+$')::int ORDER BY number) AS numbers
       FROM invoices GROUP BY 1`,
    );
    for (const { numbers } of rows) expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(rows.some(({ numbers }) => numbers.length >= 21)).toBe(true);
  });

  it('of one order are one, whoever asks at the same moment', async () => {
    const order = await createOrder(app, { payment });
    const answers = await Promise.all(Array.from({ length: 20 }, () => issue(order.id)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(await documentsOf(order.id)).toHaveLength(1);
  });

  it('are made by the job when the first parcel leaves, and their PDF after them; other events make none', async () => {
    const processor = new InvoicesProcessor(
      {
        run: (_: string, job: Job<EventJob>, work: (event: EventJob) => Promise<void>) => work(job.data),
      } as unknown as EventJobs,
      invoices(),
      { INVOICE_ON: 'shipped', SELLER_NAME: 'Shop' } as never,
    );
    const order = await createOrder(app, { payment });
    const happen = (type: string, data: object) => processor.process({ data: { type, data } } as Job<EventJob>);
    await happen('order.confirmed', { orderId: order.id });
    expect(await documentsOf(order.id)).toEqual([]);
    for (let time = 0; time < 2; time++) await happen('fulfilment.shipped', { orderId: order.id });
    const [invoice, ...more] = await documentsOf(order.id);
    expect(more).toEqual([]);
    await happen('invoice.issued', { invoiceId: invoice!.id });
    expect(await app.database.query(`SELECT 1 FROM invoice_files WHERE invoice_id = $1`, [invoice!.id])).toHaveLength(
      1,
    );
  });

  it.each([
    ['a changed invoice', `UPDATE invoices SET total_amount = 0`],
    ['a deleted invoice', `DELETE FROM invoices`],
    ['another PDF', `UPDATE invoice_files SET content = ''`],
    ['a forgotten number', `DELETE FROM invoice_series`],
  ])('refuse in the database %s', async (_, sql) => {
    await expect(app.database.execute(sql)).rejects.toThrow('append-only');
  });

  it('refuse in the database credit notes beyond an invoice, and those in another currency', async () => {
    const order = await createOrder(app, { payment });
    const invoice = await issued(order.id);
    const credit = (amount: number, currency: string) =>
      app.database.execute(
        `INSERT INTO invoices (id, kind, number, order_id, currency, total_amount, tax_amount, invoice_id, source, content, issued_at)
         SELECT gen_random_uuid(), 'credit_note', 'X-' || gen_random_uuid(), order_id, $2, $3, 0, id, gen_random_uuid()::text, '{}', now()
         FROM invoices WHERE id = $1`,
        [invoice.id, currency, amount],
      );
    await expect(credit(2000, 'EUR')).rejects.toMatchObject({ constraint: 'invoices_credit_check' });
    await expect(credit(1, 'USD')).rejects.toMatchObject({ code: '23503' });
  });

  it('stay as they are when their buyer is erased, and are in the export before', async () => {
    const { token, user } = await createUser(app);
    const order = await createOrder(app, { token, billingAddress: address, payment });
    const { number, id } = await issued(order.id);
    const { InvoicesRepository } = await import('../../../src/orders/invoices/invoices.repository.js');
    const exported = await app.app.get(InvoicesRepository, { strict: false }).listFor(user.id);
    expect(exported).toMatchObject([{ number, content: { buyer: { name: 'Ada Łovelace' } } }]);
    const { token: admin } = await createStaff(app);
    expect((await app.post(`/users/${user.id}/erase`, {}, { token: admin, key: true })).statusCode).toBe(200);
    expect(pdfText(await invoices().render(id)).join()).toContain('Ada Łovelace');
  });
});
