import fc from 'fast-check';
import { newId } from '../../../src/common/ids.js';
import type { LedgerBalancesResponseDto, OrderLedgerResponseDto } from '../../../src/orders/ledger/ledger.dto.js';
import { VerificationService } from '../../../src/orders/verification/verification.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { withOpenLedger } from '../../support/open-ledger.js';
import { TestApp } from '../../support/test-app.js';

const paid = { payment: { provider: 'fake' as const, token: 'tok_success' } };

describe('the ledger of orders', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    app = await TestApp.start();
    ({ token: staff } = await createStaff(app, ['orders:read', 'payments:refund', 'payments:capture']));
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  /** What each account comes to, debits above 0. */
  const accountsOf = async (orderId: string): Promise<Record<string, number>> => {
    const rows = await app.database.query<{ account: string; amount: number }>(
      `SELECT account, sum(amount)::float8 AS amount FROM ledger_entries WHERE order_id = $1 GROUP BY account HAVING sum(amount) <> 0`,
      [orderId],
    );
    return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
  };
  const refund = async (paymentId: string, amount?: number) =>
    (
      await app.post(`/payments/${paymentId}/refunds`, amount ? { amount: { amount, currency: 'EUR' } } : {}, {
        key: true,
        token: staff,
      })
    ).statusCode;
  const paymentOf = async (orderId: string): Promise<string> =>
    (await app.database.queryOne<{ id: string }>(`SELECT id FROM payments WHERE order_id = $1`, [orderId]))!.id;

  /** An order as it stands after pricing, sold, and paid by `manual`; without lines, which the ledger does not look at. */
  const sell = async (figures: {
    subtotal: number;
    discount?: number;
    shipping?: number;
    tax?: number;
    shippingTax?: number;
    isInclusive?: boolean;
    currency?: string;
  }) => {
    const { subtotal, discount = 0, shipping = 0, tax = 0, shippingTax = 0, isInclusive = false } = figures;
    const [orderId, paymentId] = [newId(), newId()];
    const total = subtotal - discount + shipping + (isInclusive ? 0 : tax);
    const currency = figures.currency ?? 'EUR';
    await app.database.execute(
      `INSERT INTO orders (id, email, status, currency, subtotal_amount, discount_total_amount, shipping_total_amount, tax_total_amount,
         shipping_tax_amount, prices_include_tax, total_amount, placed_at)
       VALUES ($1, 'ledger@example.com', 'confirmed', $2, $3, $4, $5, $6, $7, $8, $9, now())`,
      [orderId, currency, subtotal, discount, shipping, tax, shippingTax, isInclusive, total],
    );
    await app.database.execute(
      `INSERT INTO payments (id, order_id, provider, status, currency, amount, authorised_amount, captured_amount, provider_key, created_at, updated_at)
       VALUES ($1, $2, 'manual', 'captured', $3, $4, $4, $4, $5, now(), now())`,
      [paymentId, orderId, currency, total, `test:${paymentId}`],
    );
    const giveBack = async (amount: number): Promise<void> => {
      await app.database.execute(`UPDATE payments SET refunded_amount = refunded_amount + $2 WHERE id = $1`, [
        paymentId,
        amount,
      ]);
      await app.database.execute(
        `INSERT INTO refunds (id, payment_id, order_id, currency, amount, status, reason, created_at, settled_at)
         VALUES ($1, $2, $3, $4, $5, 'succeeded', 'other', now(), now())`,
        [newId(), paymentId, orderId, currency, amount],
      );
    };
    return { orderId, total, giveBack };
  };
  /** Rows of the test's own making have neither lines nor history, so only what is about the ledger is asked. */
  const broken = async (since: string): Promise<string[]> => {
    const results = await app.app.get(VerificationService).verify(since);
    return results.filter(({ id, breaches }) => id.startsWith('M9') && breaches.length > 0).map(({ id }) => id);
  };
  const dropped = (orderId: string): Promise<void> =>
    withOpenLedger(app.database, async () => {
      for (const table of ['ledger_entries', 'refunds', 'payments'])
        await app.database.execute(`DELETE FROM ${table} WHERE order_id = $1`, [orderId]);
      await app.database.execute(`DELETE FROM orders WHERE id = $1`, [orderId]);
    });

  it('bills nothing before an order is paid for, and then sale and money at once', async () => {
    const order = await createOrder(app);
    expect(await accountsOf(order.id)).toEqual({});
    await app.post(`/orders/${order.id}/payments`, paid.payment, { key: true, ...guestOf(order) });
    expect(await accountsOf(order.id)).toEqual({ sales: -1999, 'cash:fake': 1999 });
    const { data } = (await app.get(`/orders/${order.id}/ledger`, { token: staff })).json<OrderLedgerResponseDto>();
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect(data.map(({ cause, entries }) => [cause, entries])).toEqual(
      expect.arrayContaining([
        [
          'order',
          [
            { account: 'receivable', debit: eur(1999), credit: null },
            { account: 'sales', debit: null, credit: eur(1999) },
          ],
        ],
        [
          'payment',
          [
            { account: 'cash:fake', debit: eur(1999), credit: null },
            { account: 'receivable', debit: null, credit: eur(1999) },
          ],
        ],
      ]),
    );
  });

  it('takes a cancelled order back to nothing, once its money has gone back', async () => {
    const order = await createOrder(app, paid);
    await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
    expect(await accountsOf(order.id)).toEqual({ 'cash:fake': 1999, receivable: -1999 });
    const [pending] = await app.database.query<{ id: string }>(`SELECT id FROM refunds WHERE order_id = $1`, [
      order.id,
    ]);
    const { RefundsService } = await import('../../../src/orders/payments/refunds.service.js');
    await app.app.get(RefundsService).execute(pending!.id);
    expect(await accountsOf(order.id)).toEqual({});
  });

  it('takes a part of a sale back with a refund, also of an order that is cancelled afterwards', async () => {
    const order = await createOrder(app, paid);
    expect(await refund(await paymentOf(order.id), 500)).toBe(201);
    expect(await accountsOf(order.id)).toEqual({ sales: -1999, 'cash:fake': 1499, returns: 500 });
    await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
    expect(await accountsOf(order.id)).toEqual({ 'cash:fake': 1499, receivable: -1499 });
  });

  it('owes a customer what was paid beyond an order, and touches no sale when that goes back', async () => {
    const { orderId, giveBack, total } = await sell({ subtotal: 1000, tax: 190 });
    await app.database.execute(
      `UPDATE payments SET amount = amount + 300, authorised_amount = authorised_amount + 300, captured_amount = captured_amount + 300
       WHERE order_id = $1`,
      [orderId],
    );
    expect(await accountsOf(orderId)).toMatchObject({ receivable: -300 });
    await giveBack(200);
    expect(await accountsOf(orderId)).toEqual({
      receivable: -100,
      sales: -1000,
      tax_payable: -190,
      'cash:manual': total + 100,
    });
    await giveBack(400);
    expect(await accountsOf(orderId)).toEqual({
      sales: -1000,
      tax_payable: -142,
      returns: 252,
      'cash:manual': total - 300,
    });
    await dropped(orderId);
  });

  it('bills the difference when what an order comes to changes', async () => {
    const { orderId } = await sell({ subtotal: 1000, tax: 190 });
    await app.database.execute(
      `UPDATE orders SET subtotal_amount = 800, discount_total_amount = 100, tax_total_amount = 133, total_amount = 833 WHERE id = $1`,
      [orderId],
    );
    expect(await accountsOf(orderId)).toEqual({
      receivable: -357,
      sales: -800,
      discounts: 100,
      tax_payable: -133,
      'cash:manual': 1190,
    });
    await dropped(orderId);
  });

  it('M7, M8: whatever an order is made of, it balances, and giving back all of it in any parts leaves neither sale nor tax', async () => {
    const amount = fc.integer({ min: 0, max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          subtotal: fc.integer({ min: 1, max: 1_000_000 }),
          discountPart: fc.double({ min: 0, max: 1, noNaN: true }),
          shipping: amount,
          taxRate: fc.double({ min: 0, max: 0.3, noNaN: true }),
          isInclusive: fc.boolean(),
          currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
        }),
        fc.array(fc.integer({ min: 1, max: 500_000 }), { maxLength: 4 }),
        async ({ subtotal, discountPart, shipping, taxRate, isInclusive, currency }, parts) => {
          const since = newId();
          const discount = Math.floor(subtotal * discountPart);
          const taxOf = (base: number): number =>
            Math.floor(isInclusive ? base - base / (1 + taxRate) : base * taxRate);
          const shippingTax = taxOf(shipping);
          const tax = taxOf(subtotal - discount) + shippingTax;
          const order = await sell({ subtotal, discount, shipping, tax, shippingTax, isInclusive, currency });
          const net = subtotal - discount + shipping - (isInclusive ? tax : 0);
          const before = await accountsOf(order.orderId);
          const sum = (...names: string[]) => names.reduce((total, name) => total + (before[name] ?? 0), 0);
          expect([sum('sales', 'discounts', 'shipping'), sum('tax_payable'), sum('receivable')]).toEqual(
            [-net, -tax, 0].map((each) => each + 0),
          );
          expect(before['cash:manual'] ?? 0).toBe(order.total);
          let left = order.total;
          for (const part of [...parts, Number.MAX_SAFE_INTEGER]) {
            const given = Math.min(part, left);
            if (given === 0) continue;
            await order.giveBack(given);
            left -= given;
            expect(await broken(since)).toEqual([]);
          }
          const after = await accountsOf(order.orderId);
          expect([
            after.receivable ?? 0,
            after.tax_payable ?? 0,
            after['cash:manual'] ?? 0,
            after.returns ?? 0,
          ]).toEqual([0, 0, 0, net]);
          await dropped(order.orderId);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('M6: sums up each currency for itself', async () => {
    const from = new Date();
    const orders = [
      await sell({ subtotal: 1000, tax: 190 }),
      await sell({ subtotal: 500, currency: 'JPY' }),
      await sell({ subtotal: 1234, currency: 'KWD' }),
    ];
    const query = (span: string) => app.get(`/ledger/balances?${span}`, { token: staff });
    const { data } = (await query(`from=${from.toISOString()}`)).json<LedgerBalancesResponseDto>();
    const kwd = (amount: number) => ({ amount, currency: 'KWD' });
    expect(data.filter(({ debit }) => debit.currency === 'KWD')).toEqual([
      { account: 'cash:manual', debit: kwd(1234), credit: kwd(0), balance: kwd(1234) },
      { account: 'receivable', debit: kwd(1234), credit: kwd(1234), balance: kwd(0) },
      { account: 'sales', debit: kwd(0), credit: kwd(1234), balance: kwd(-1234) },
    ]);
    for (const { debit, credit, balance } of data)
      expect(new Set([debit.currency, credit.currency, balance.currency]).size).toBe(1);
    const sums = new Map<string, number>();
    for (const { balance } of data) sums.set(balance.currency, (sums.get(balance.currency) ?? 0) + balance.amount);
    expect([...sums.values()]).toEqual([...sums.values()].map(() => 0));
    expect((await query(`to=${from.toISOString()}&from=${from.toISOString()}`)).json()).toMatchObject({ data: [] });
    expect((await query('from=yesterday')).statusCode).toBe(400);
    expect((await app.get(`/orders/${newId()}/ledger`, { token: staff })).json()).toMatchObject({
      code: 'order.not_found',
    });
    for (const { orderId } of orders) await dropped(orderId);
  });

  it.each([
    ['a change of an entry', `UPDATE ledger_entries SET amount = amount + 1`],
    ['a deleted entry', `DELETE FROM ledger_entries`],
    ['an emptied ledger', `TRUNCATE ledger_entries`],
  ])('refuses %s', async (_, sql) => {
    await expect(app.database.execute(sql)).rejects.toThrow('append-only');
  });

  it('refuses a posting that does not balance, of two orders, or in another currency than the order', async () => {
    const order = await createOrder(app, paid);
    const other = await createOrder(app);
    const post = (...entries: [account: string, order: string, currency: string, amount: number][]) =>
      app.database.execute(
        `INSERT INTO ledger_entries (posting, account, order_id, currency, amount, cause, source_id)
         SELECT 0, account, order_id::uuid, currency, amount, 'order', order_id::uuid
         FROM json_to_recordset($1) AS e (account text, order_id text, currency text, amount bigint)`,
        [
          JSON.stringify(
            entries.map(([account, order_id, currency, amount]) => ({ account, order_id, currency, amount })),
          ),
        ],
      );
    const refusal = { constraint: 'ledger_entries_balance_check' };
    await expect(post(['sales', order.id, 'EUR', 1])).rejects.toMatchObject(refusal);
    await expect(post(['sales', order.id, 'EUR', 1], ['receivable', other.id, 'EUR', -1])).rejects.toMatchObject(
      refusal,
    );
    await expect(post(['sales', order.id, 'USD', 1], ['receivable', order.id, 'USD', -1])).rejects.toMatchObject({
      constraint: 'ledger_entries_order_id_currency_fkey',
    });
  });

  it.each([
    ['M9a', `UPDATE ledger_entries SET amount = amount - 1 WHERE account = 'sales' AND order_id = $1`],
    ['M9b', `DELETE FROM ledger_entries WHERE cause = 'order' AND order_id = $1`],
    ['M9c', `DELETE FROM ledger_entries WHERE cause = 'payment' AND order_id = $1`],
    ['M9d', `DELETE FROM ledger_entries WHERE cause = 'payment' AND order_id = $1`],
  ])('is found by %s after: %s', async (rule, damage) => {
    const since = newId();
    const order = await createOrder(app, paid);
    await app.database.rehearse(async () => {
      await app.database.execute(`ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_kept`);
      await app.database.execute(damage, [order.id]);
      expect(await broken(since)).toContain(rule);
    });
    expect(await broken(since)).toEqual([]);
  });
});
