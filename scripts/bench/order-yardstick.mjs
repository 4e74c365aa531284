// The yardstick of orders: bare Fastify and pg, and the leanest statements that a hand can write for the same effect. Same tables, same rows:
// key, stock and reservation, order with lines and history, event, answer under the key; one transaction, safe for twins and for shoppers who
// want the last piece. It knows one location, one language and no refusal but "out of stock".
import { createHash } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DB_POOL ?? 10),
  pipeline: true,
});
const {
  rows: [{ id: locationId }],
} = await pool.query('SELECT id FROM locations ORDER BY id LIMIT 1');

// Arrays out of sub-selects, so that PostgreSQL keeps one plan for all numbers of lines.
const CLAIM = {
  name: 'claim',
  text: `INSERT INTO idempotency_keys (principal, key, fingerprint, expires_at) VALUES ('guest', $1, $2, now() + interval '1 day')
    ON CONFLICT DO NOTHING`,
};
const TAKE = {
  name: 'take',
  text: `WITH taken AS (
      UPDATE stock SET reserved = reserved + line.quantity, updated_at = now()
      FROM unnest((SELECT $2::uuid[]), (SELECT $3::int[])) AS line (variant_id, quantity)
      WHERE stock.variant_id = line.variant_id AND location_id = $4 AND on_hand - reserved >= line.quantity
      RETURNING stock.variant_id, line.quantity
    ), held AS (
      INSERT INTO reservations (order_id, variant_id, location_id, quantity) SELECT $1, variant_id, $4, quantity FROM taken
    )
    SELECT v.id, v.sku, p.name, price.amount::float8 AS amount, taken.quantity
    FROM taken JOIN variants v ON v.id = taken.variant_id AND NOT v.is_archived
    JOIN products p ON p.id = v.product_id AND p.status = 'published'
    JOIN variant_prices price ON price.variant_id = v.id AND price.currency = 'EUR'`,
};
const WRITE = {
  name: 'write',
  text: `WITH placed AS (
      INSERT INTO orders (id, email, status, currency, subtotal_amount, total_amount, placed_at, expires_at)
      VALUES ($1, $2, 'pending_payment', 'EUR', $3, $3, $4, $5) RETURNING number
    ), lines AS (
      INSERT INTO order_lines (id, order_id, position, variant_id, sku, name, quantity, unit_price_amount, total_amount)
      SELECT id, $1, position, variant_id, sku, name, quantity, price, quantity * price
      FROM unnest((SELECT $6::uuid[]), (SELECT $7::uuid[]), (SELECT $8::text[]), (SELECT $9::text[]), (SELECT $10::int[]),
        (SELECT $11::bigint[])) WITH ORDINALITY AS line (id, variant_id, sku, name, quantity, price, position)
    ), history AS (
      INSERT INTO order_history (order_id, version, type, to_status, actor_kind, occurred_at)
      VALUES ($1, 1, 'order.placed', 'pending_payment', 'customer', $4)
    )
    SELECT number FROM placed`,
};
const TELL = {
  name: 'tell',
  text: `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
    VALUES ($1, 'order.placed', 'order', $2, 1, $3, now())`,
};
const FINISH = {
  name: 'finish',
  text: `UPDATE idempotency_keys SET status = 201, location = $2, body = $3 WHERE principal = 'guest' AND key = $1`,
};

const fastify = Fastify();
fastify.get('/ready', () => ({ ok: true }));
fastify.post('/orders', async (request, reply) => {
  const { email, lines } = request.body;
  const key = request.headers['idempotency-key'];
  const fingerprint = createHash('sha256').update(JSON.stringify(request.body)).digest();
  const id = uuidv7();
  const client = await pool.connect();
  try {
    client.query('BEGIN').catch(() => undefined);
    const { rowCount } = await client.query({ ...CLAIM, values: [key, fingerprint] });
    if (rowCount === 0) throw new Error('this yardstick replays nothing');
    const sorted = [...lines].sort((left, right) => (left.variantId < right.variantId ? -1 : 1));
    const { rows: taken } = await client.query({
      ...TAKE,
      values: [id, sorted.map(({ variantId }) => variantId), sorted.map(({ quantity }) => quantity), locationId],
    });
    if (taken.length < lines.length) throw new Error('out of stock');
    const placedAt = new Date();
    const expiresAt = new Date(placedAt.getTime() + 1_800_000);
    const total = taken.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0);
    const lineIds = taken.map(() => uuidv7());
    const { rows } = await client.query({
      ...WRITE,
      values: [
        id,
        email,
        total,
        placedAt,
        expiresAt,
        lineIds,
        taken.map((line) => line.id),
        taken.map(({ sku }) => sku),
        taken.map(({ name }) => name),
        taken.map(({ quantity }) => quantity),
        taken.map(({ amount }) => amount),
      ],
    });
    const money = (amount) => ({ amount, currency: 'EUR' });
    const location = `/orders/${id}`;
    const body = JSON.stringify({
      id,
      number: rows[0].number,
      status: 'pending_payment',
      paymentStatus: 'unpaid',
      fulfilmentStatus: 'unfulfilled',
      currency: 'EUR',
      lines: taken.map((line, index) => ({
        id: lineIds[index],
        variantId: line.id,
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unitPrice: money(line.amount),
        discount: money(0),
        tax: money(0),
        total: money(line.amount * line.quantity),
      })),
      subtotal: money(total),
      discountTotal: money(0),
      shippingTotal: money(0),
      taxTotal: money(0),
      total: money(total),
      email,
      placedAt,
      expiresAt,
      version: 1,
    });
    const [, , { command }] = await Promise.all([
      client.query({ ...TELL, values: [uuidv7(), id, JSON.stringify({ orderId: id, customerId: null })] }),
      client.query({ ...FINISH, values: [key, location, Buffer.from(body)] }),
      client.query('COMMIT'),
    ]);
    if (command !== 'COMMIT') throw new Error('rolled back');
    return reply.code(201).header('location', location).type('application/json; charset=utf-8').send(body);
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
});

await fastify.listen({ port: Number(process.env.PORT), host: process.env.HOST });
process.on('SIGTERM', () => void fastify.close().then(() => pool.end()));
