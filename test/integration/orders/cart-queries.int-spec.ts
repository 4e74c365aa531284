import { newId } from '../../../src/common/ids.js';
import { CartsRepository } from '../../../src/orders/carts/carts.repository.js';
import { createCart } from '../../factories/cart.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const CARTS = 20_000;

describe('queries of carts', () => {
  let app: TestApp;
  let userId: string;
  beforeAll(async () => {
    app = await TestApp.start();
    userId = (await createUser(app, { emailVerifiedAt: new Date() })).user.id;
    const { lines } = await createCart(app);
    await app.database.execute(
      `WITH made AS (
         INSERT INTO carts (id, token_hash, currency, email, expires_at)
         SELECT gen_random_uuid(), sha256(n::text::bytea), 'EUR', 'bulk-cart' || n || '@example.com', now() + make_interval(mins => n)
         FROM generate_series(1, ${CARTS}) AS n RETURNING id
       )
       INSERT INTO cart_lines (id, cart_id, variant_id, quantity) SELECT gen_random_uuid(), id, $1, 1 FROM made`,
      [lines[0]!.variantId],
    );
    for (const table of ['carts', 'cart_lines']) await app.database.execute(`ANALYZE ${table}`);
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM carts WHERE email LIKE 'bulk-cart%'`);
    await app.close();
  });

  const carts = () => app.app.get(CartsRepository);

  it.each<[string, string[], () => Promise<unknown>]>([
    ['one with its lines', ['carts_pkey', 'cart_lines_cart_id_variant_id_key'], () => carts().find(newId())],
    ['the active one of a customer', ['carts_active_customer_id_key'], () => carts().findActiveIdOf(newId())],
    ['those left alone', ['carts_expires_at_idx'], () => carts().abandon(100, 60)],
    ['closed ones past their time', ['carts_expires_at_idx'], () => carts().purge(100)],
    ['those of a person', ['carts_customer_id_idx', 'carts_email_idx'], () => carts().listOf(userId)],
    [
      'those to erase',
      ['carts_customer_id_idx', 'carts_email_idx'],
      () => carts().deleteOf(userId, 'nobody@example.com'),
    ],
  ])('finds %s by %j', async (_, indexes, query) => {
    const { statements, values } = await countStatements(query);
    const plan = JSON.stringify(await app.database.query(`EXPLAIN ${statements[0]}`, values[0]));
    for (const index of indexes) expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan on (carts|cart_lines)/);
  });

  it.each<[string, string, string]>([
    ['a cart that nobody holds', 'carts_holder_check', `UPDATE carts SET token_hash = NULL WHERE id = $1`],
    ['a status that there is not', 'carts_status_check', `UPDATE carts SET status = 'paid' WHERE id = $1`],
    ['a line of nothing', 'cart_lines_quantity_check', `UPDATE cart_lines SET quantity = 0 WHERE cart_id = $1`],
    [
      'two lines of one variant',
      'cart_lines_cart_id_variant_id_key',
      `INSERT INTO cart_lines SELECT gen_random_uuid(), cart_id, variant_id, 1 FROM cart_lines WHERE cart_id = $1`,
    ],
    [
      'a second active cart of a customer',
      'carts_active_customer_id_key',
      `INSERT INTO carts (id, customer_id, currency, expires_at)
       SELECT gen_random_uuid(), (SELECT id FROM users LIMIT 1), currency, now() FROM carts, generate_series(1, 2) WHERE id = $1`,
    ],
    [
      'a second order of a cart',
      'orders_cart_id_key',
      `INSERT INTO orders (id, cart_id, email, status, currency, subtotal_amount, total_amount, placed_at)
       SELECT gen_random_uuid(), $1, 'a@example.com', 'cancelled', 'EUR', 1, 1, now() FROM generate_series(1, 2)`,
    ],
  ])('refuses %s in the database itself: %s', async (_, constraint, sql) => {
    const { id } = await createCart(app);
    await expect(app.database.execute(sql, [id])).rejects.toMatchObject({ constraint });
  });
});
