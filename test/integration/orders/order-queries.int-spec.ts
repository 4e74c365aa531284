import { newId } from '../../../src/common/ids.js';
import { Order } from '../../../src/orders/entities/order.entity.js';
import { OrderMailsRepository } from '../../../src/orders/mails/order-mails.repository.js';
import { OrderListRepository } from '../../../src/orders/order-list.repository.js';
import { DueOrdersRepository } from '../../../src/orders/due-orders.repository.js';
import { OrdersRepository } from '../../../src/orders/orders.repository.js';
import { Payment } from '../../../src/orders/payments/entities/payment.entity.js';
import { PaymentsRepository } from '../../../src/orders/payments/payments.repository.js';
import { createOrder } from '../../factories/order.factory.js';
import { withOpenLedger } from '../../support/open-ledger.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const ORDERS = 20_000;
const PAYMENTS = 5_000;
const SOMEBODY = '01970000-0000-7000-8000-0000000000c1';

describe('queries of orders', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
    await app.database.execute(
      `INSERT INTO orders (id, email, status, currency, subtotal_amount, total_amount, placed_at, expires_at, shipping_address)
       SELECT gen_random_uuid(), 'bulk' || n || '@example.com', CASE n % 50 WHEN 0 THEN 'pending_payment' WHEN 1 THEN 'expired' WHEN 2 THEN 'confirmed' ELSE 'cancelled' END, 'EUR',
         n, n, now() - make_interval(mins => n), CASE WHEN n % 50 = 0 THEN now() + interval '1 day' END,
         jsonb_build_object('name', 'Ada Lovelace ' || n)
       FROM generate_series(1, ${ORDERS}) AS n`,
    );
    // Connections that have seen few orders check foreign keys by reading them all, until they are told how many there are.
    await app.database.execute(`ANALYZE orders`);
    const { lines } = await createOrder(app);
    await app.database.execute(
      `INSERT INTO order_lines (id, order_id, position, variant_id, sku, name, quantity, unit_price_amount, total_amount)
       SELECT gen_random_uuid(), id, 1, $1, 'BULK-' || total_amount, 'x', 1, total_amount, total_amount FROM orders WHERE email LIKE 'bulk%'`,
      [lines[0]!.variantId],
    );
    // Paid and given back, as nearly all that were are: so few are unsettled that only an index of those is cheap.
    await app.database.execute(
      `INSERT INTO payments (id, order_id, provider, status, currency, amount, authorised_amount, captured_amount, refunded_amount,
         provider_key, created_at, updated_at)
       SELECT gen_random_uuid(), id, 'fake', 'captured', currency, total_amount, total_amount, total_amount, total_amount, 'bulk-' || id, now(), now()
       FROM orders WHERE email LIKE 'bulk%' AND total_amount <= ${PAYMENTS}`,
    );
    await app.database.execute(`ANALYZE payments`);
    await app.database.execute(
      `INSERT INTO refunds (id, payment_id, order_id, currency, amount, status, reason, created_at, settled_at)
       SELECT gen_random_uuid(), id, order_id, currency, amount, 'succeeded', 'order_cancelled', now(), now()
       FROM payments WHERE provider_key LIKE 'bulk-%'`,
    );
    for (const table of ['orders', 'order_lines', 'payments', 'refunds'])
      await app.database.execute(`ANALYZE ${table}`);
  });
  afterAll(async () => {
    await app.database.execute(
      `DELETE FROM refunds WHERE payment_id IN (SELECT id FROM payments WHERE provider_key LIKE 'bulk-%')`,
    );
    await app.database.execute(`DELETE FROM payments WHERE provider_key LIKE 'bulk-%'`);
    await app.database.execute(`DELETE FROM order_lines WHERE sku LIKE 'BULK-%'`);
    await withOpenLedger(app.database, () =>
      app.database.execute(
        `DELETE FROM ledger_entries WHERE order_id IN (SELECT id FROM orders WHERE email LIKE 'bulk%')`,
      ),
    );
    await app.database.execute(`DELETE FROM orders WHERE email LIKE 'bulk%'`);
    await app.close();
  });

  /** The plans of the statements that `work` sends, with their own values. */
  const plansOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    const { statements, values } = await countStatements(work);
    const plans = await Promise.all(
      statements.map((statement, index) =>
        app.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`, values[index]),
      ),
    );
    return plans.map((plan) => plan.map((row) => row['QUERY PLAN']).join('\n'));
  };
  const lists = () => app.app.get(OrderListRepository);

  it.each<[string, string, () => Promise<unknown>]>([
    [
      "everyone's newest",
      'orders_placed_at_id_idx',
      () => lists().findPage(null, {}, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'a later page',
      'orders_placed_at_id_idx',
      async () => {
        const { nextCursor } = await lists().findPage(null, {}, '-placedAt', { limit: 20 }, 'staff');
        return lists().findPage(null, {}, '-placedAt', { limit: 20, cursor: nextCursor! }, 'staff');
      },
    ],
    [
      "one customer's newest",
      'orders_customer_id_placed_at_id_idx',
      () => lists().findPage(SOMEBODY, {}, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'those of a status',
      'orders_status_placed_at_id_idx',
      () => lists().findPage(null, { status: ['expired'] }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    ['the largest', 'orders_total_amount_id_idx', () => lists().findPage(null, {}, '-total', { limit: 20 }, 'staff')],
    [
      'one number',
      'orders_number_key',
      () => lists().findPage(null, { number: '12345' }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'the beginning of an e-mail address',
      'orders_email_idx',
      () => lists().findPage(null, { q: 'bulk12345' }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'the beginning of a SKU',
      'order_lines_sku_idx',
      () => lists().findPage(null, { q: 'BULK-12345' }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'words of a name',
      'orders_people_idx',
      () => lists().findPage(null, { q: 'Lovelace 12345' }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'a tag',
      'orders_tags_idx',
      () => lists().findPage(null, { tag: ['gift', 'rare'] }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      "staff's own",
      'orders_other_origin_idx',
      () => lists().findPage(null, { origin: ['staff'] }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'another currency',
      'orders_other_currency_idx',
      () => lists().findPage(null, { currency: ['JPY'] }, '-placedAt', { limit: 20 }, 'staff'),
    ],
    [
      'lines of a page',
      'order_lines_order_id_position_key',
      () => app.app.get(OrdersRepository).findLines([newId(), newId()]),
    ],
    ['orders due to expire', 'orders_expiring_idx', () => app.app.get(DueOrdersRepository).findDue(new Date(), 100)],
    [
      'the guest order of a number and an address',
      'orders_number_key',
      () => app.app.get(OrdersRepository).findGuestOrder('12345', 'bulk12345@example.com'),
    ],
    [
      'orders that are delivered and not closed',
      'orders_completable_idx',
      () => app.app.get(OrdersRepository).findCompletable(null, 100),
    ],
    [
      'orders that wait for their payment',
      'orders_expiring_idx',
      () => {
        const { manager } = app.database;
        const [orders, payments] = [manager.getRepository(Order), manager.getRepository(Payment)];
        return new OrderMailsRepository(app.database, orders, payments).lockAwaited(new Date(), 50);
      },
    ],
    ['a request seen before', 'orders_request_key_key', () => app.app.get(OrdersRepository).findByRequestKey('key')],
  ])('finds %s by %s', async (_, index, query) => {
    const plan = (await plansOf(query)).at(-1);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan on (orders|order_lines)/);
  });

  it('can find unsettled payments, pending and refused refunds by their partial indexes', async () => {
    const payments = app.app.get(PaymentsRepository);
    await app.database.run(async () => {
      // Without sequential scans, bitmaps, sorts and other joins the planner needs the one index
      // that holds these rows in the order asked for, whatever the statistics say.
      for (const way of ['seqscan', 'bitmapscan', 'sort', 'mergejoin', 'hashjoin'])
        await app.database.execute(`SET LOCAL enable_${way} = off`);
      const explain = async (sql: string) => JSON.stringify(await app.database.query(`EXPLAIN ${sql}`));
      const { statements, values } = await countStatements(async () => {
        await payments.findUnsettled(new Date(), 10);
        await payments.findPendingRefunds(new Date(), 10);
        await payments.findOwed(new Date(), 10);
      });
      const used = ['payments_unsettled_idx', 'refunds_pending_idx', 'refunds_failed_idx'];
      for (const [index, name] of used.entries()) {
        const literal = statements[index]!.replace(/\$1/g, `'${(values[index]![0] as Date).toISOString()}'`).replace(
          /\$2/g,
          '10',
        );
        expect(await explain(literal)).toContain(name);
      }
    });
  });

  it('keeps the history append-only, also against SQL', async () => {
    const order = await createOrder(app);
    for (const sql of [
      `UPDATE order_history SET reason = 'x' WHERE order_id = $1`,
      `UPDATE order_history SET reason = NULL, actor_kind = 'system' WHERE order_id = $1`,
      `DELETE FROM order_history WHERE order_id = $1`,
    ]) {
      await expect(app.database.execute(sql, [order.id])).rejects.toThrow('order_history is append-only');
    }
  });

  it.each<[string, string, string]>([
    [
      'a payment in another currency than its order (M6)',
      'payments_order_id_currency_fkey',
      `UPDATE payments SET currency = 'USD' WHERE order_id = $1`,
    ],
    [
      'capturing more than is authorised (M1)',
      'payments_amounts_check',
      `UPDATE payments SET captured_amount = authorised_amount + 1 WHERE order_id = $1`,
    ],
    [
      'refunding more than is captured (M1)',
      'payments_amounts_check',
      `UPDATE payments SET refund_pending_amount = captured_amount + 1 WHERE order_id = $1`,
    ],
    [
      'a line whose total does not follow from its price (M3)',
      'order_lines_total_check',
      `UPDATE order_lines SET total_amount = total_amount + 1 WHERE order_id = $1`,
    ],
    [
      'a discount above the line (M5)',
      'order_lines_discount_check',
      `UPDATE order_lines SET discount_amount = 2000, total_amount = -1 WHERE order_id = $1`,
    ],
    [
      'a total that does not follow from its parts (M3)',
      'orders_total_check',
      `UPDATE orders SET total_amount = total_amount + 1 WHERE id = $1`,
    ],
    [
      'fulfilling more than was ordered (S4)',
      'order_lines_fulfilled_check',
      `UPDATE order_lines SET fulfilled_quantity = 2 WHERE order_id = $1`,
    ],
    [
      'two payments under way',
      'payments_in_flight_key',
      `INSERT INTO payments (id, order_id, provider, status, currency, amount, provider_key, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'fake', 'processing', 'EUR', 1, gen_random_uuid(), now(), now() FROM generate_series(1, 2)`,
    ],
  ])('refuses %s in the database itself: %s', async (_, constraint, sql) => {
    const order = await createOrder(app, { payment: { provider: 'fake', token: 'tok_success' } });
    await expect(app.database.execute(sql, [order.id])).rejects.toMatchObject({ constraint });
  });
});
