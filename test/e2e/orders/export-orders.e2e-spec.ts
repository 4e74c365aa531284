import type { OperationResponseDto } from '../../../src/operations/dto/operation.dto.js';
import type { OrderStaffResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { CreateExportDto } from '../../../src/orders/export/export.dto.js';
import { OrderExportsService } from '../../../src/orders/export/order-exports.service.js';
import { createOrder } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const HOSTILE = {
  name: '=HYPERLINK("http://x","y")',
  line1: 'a,b',
  city: 'Bonn',
  postalCode: '53111',
  countryCode: 'DE',
};

describe('POST /exports of orders', () => {
  let app: TestApp;
  let staff: SignedInUser;
  let ada: SignedInUser;
  let orders: PlacedOrderResponseDto[];
  beforeAll(async () => {
    app = await TestApp.start({ ROLE: 'api' });
    [staff, ada] = await Promise.all([createStaff(app), createUser(app)]);
    const { id } = (await createProduct(app, { stock: 1000 })).variants[0]!;
    const place = (more: object) =>
      createOrder(app, { token: ada.token, lines: [{ variantId: id, quantity: 2 }], ...more });
    orders = [await place({}), await place({ shippingAddress: HOSTILE, note: 'two\nlines "quoted"' }), await place({})];
    await app.post(`/orders/${orders[2]!.id}/cancel`, {}, { token: ada.token });
  });
  afterAll(() => app.close());

  const ask = (body: object, token = staff.token) => app.post('/exports', body, { token });
  const exporting = async (body: Pick<CreateExportDto, 'format' | 'filter'>) => {
    const asked = await ask({ kind: 'orders', ...body });
    expect([asked.body, asked.statusCode]).toEqual([asked.body, 202]);
    const { id } = asked.json<OperationResponseDto>();
    expect(asked.headers.location).toBe(`/api/v1/operations/${id}`);
    await app.app.get(OrderExportsService).run(id, body);
    const operation = (await app.get(`/operations/${id}`, { token: staff.token })).json<OperationResponseDto>();
    const file = await app.get(`/operations/${id}/file`, { token: staff.token, headers: { accept: '*/*' } });
    return { operation, file };
  };
  const ofAda = (more: object = {}) => ({ customer: ada.user.id, ...more });

  it('writes a JSON document for each order, as staff read it, oldest first', async () => {
    const { operation, file } = await exporting({ format: 'ndjson', filter: ofAda() });
    expect(operation).toMatchObject({
      kind: 'order_export',
      status: 'succeeded',
      result: { orders: 3 },
      progress: { done: 3, total: 3 },
      file: { name: 'orders.ndjson', mediaType: 'application/x-ndjson' },
    });
    expect(file.headers['content-type']).toBe('application/x-ndjson');
    const lines = file.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as OrderStaffResponseDto);
    expect(lines.map(({ number }) => number)).toEqual(orders.map(({ number }) => number));
    const read = await app.get(`/orders?number=${orders[1]!.number}`, { token: staff.token });
    expect([lines[1]]).toEqual(read.json<{ data: unknown[] }>().data);
  });

  it('writes a table that no spreadsheet takes for formulas, amounts in minor units beside their currency', async () => {
    const { file } = await exporting({ format: 'csv', filter: ofAda({ status: ['pending_payment'] }) });
    expect(file.headers['content-type']).toMatch(/^text\/csv/);
    expect(file.headers['content-disposition']).toBe('attachment; filename="orders.csv"');
    const [headings, first] = file.body.split('\r\n');
    const cells = Object.fromEntries(headings!.split(',').map((name, index) => [name, first!.split(',')[index]]));
    expect(cells).toMatchObject({
      number: orders[0]!.number,
      status: 'pending_payment',
      currency: 'EUR',
      total: '3998',
      pieces: '2',
      lines: `2 x ${orders[0]!.lines[0]!.sku}`,
      shippingName: '',
    });
    expect(file.body).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(file.body).toContain('"two\nlines ""quoted"""');
    expect(file.body).not.toContain(orders[2]!.id);
  });

  it('writes all orders of the shop in batches, each once', async () => {
    const { operation, file } = await exporting({ format: 'ndjson' });
    const [{ count }] = (await app.database.query(`SELECT count(*)::int AS count FROM orders`)) as [{ count: number }];
    expect(operation.result).toEqual({ orders: count });
    const ids = file.body
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(new Set(ids).size).toBe(count);
  });

  it('makes one file when two workers run it, and none twice', async () => {
    const { id } = (await ask({ kind: 'orders', format: 'csv', filter: ofAda() })).json<OperationResponseDto>();
    const run = () => app.app.get(OrderExportsService).run(id, { format: 'csv', filter: ofAda() });
    await Promise.allSettled([run(), run()]);
    await run();
    const files = await app.database.query(`SELECT id FROM operation_files WHERE operation_id = $1`, [id]);
    expect(files).toHaveLength(1);
    expect((await app.get(`/operations/${id}`, { token: staff.token })).json()).toMatchObject({ status: 'succeeded' });
  });

  it('gives the operation up after eight attempts', async () => {
    const { id } = (await ask({ kind: 'orders', format: 'csv' })).json<OperationResponseDto>();
    await app.database.execute(`UPDATE operations SET attempts = 8 WHERE id = $1`, [id]);
    await app.app.get(OrderExportsService).run(id, { format: 'csv' });
    expect((await app.get(`/operations/${id}`, { token: staff.token })).json()).toMatchObject({
      status: 'failed',
      error: { code: 'order.export_failed' },
    });
  });

  it('is for staff with orders:read, and the file for who asked and holds it still', async () => {
    expect((await ask({ kind: 'orders', format: 'csv' }, ada.token)).statusCode).toBe(403);
    expect((await app.post('/exports', { kind: 'orders', format: 'csv' })).statusCode).toBe(401);
    const { operation } = await exporting({ format: 'csv', filter: ofAda() });
    const other = await createStaff(app);
    for (const { token } of [ada, other])
      expect((await app.get(`/operations/${operation.id}/file`, { token })).statusCode).toBe(404);
  });

  it.each([
    [{ kind: 'users', format: 'csv' }],
    [{ kind: 'orders', format: 'xlsx' }],
    [{ kind: 'orders' }],
    [{ kind: 'orders', format: 'csv', filter: { status: [] } }],
    [{ kind: 'orders', format: 'csv', filter: { status: ['paid'] } }],
    [{ kind: 'orders', format: 'csv', filter: { status: 'confirmed' } }],
    [{ kind: 'orders', format: 'csv', filter: { q: 'ada@' } }],
    [{ kind: 'orders', format: 'csv', filter: { placedAt: { gte: 'yesterday' } } }],
    [{ kind: 'orders', format: 'csv', filter: { total: { gte: -1 } } }],
    [{ kind: 'orders', format: 'csv', filter: null }],
  ])('refuses %j with 400', async (body) => {
    expect((await ask(body)).json()).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});
