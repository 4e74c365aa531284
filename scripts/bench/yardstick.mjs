// The yardstick: bare Fastify and pg, which send the statements that the subject was seen sending, and nothing else.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import pg from 'pg';

const { reads, order, fixed, variants } = JSON.parse(readFileSync(process.env.BENCH_CAPTURE, 'utf8'), revive);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DB_POOL ?? 10) });
const fastify = Fastify();
let orders = 0;

fastify.get('/ready', () => ({ ok: true }));
fastify.get('/fixed', (_request, reply) => reply.headers(fixed.headers).send(fixed.body));
for (const [name, statements] of Object.entries(reads)) {
  fastify.get(`/${name}`, async () => {
    let rows = [];
    for (const statement of statements) rows = (await pool.query(statement)).rows;
    return { data: rows, nextCursor: null };
  });
}
fastify.post('/orders', async (_request, reply) => {
  const fresh = freshValues();
  const client = await pool.connect();
  try {
    for (const { name, text, values } of order.statements) {
      await client.query(values ? { name, text, values: values.map(fresh) } : text);
    }
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
  reply.code(201);
  return order.answer;
});

await fastify.listen({ port: Number(process.env.PORT), host: process.env.HOST });
process.on('SIGTERM', () => void fastify.close().then(() => pool.end()));

/** Marked values stand for what differs from order to order: the same mark is the same value within one order. */
function freshValues() {
  const made = new Map();
  const number = orders++;
  return function fresh(value) {
    if (Array.isArray(value)) return value.map(fresh);
    if (value === null || typeof value !== 'object' || !value.fresh) return value;
    const key = `${value.fresh} ${value.id}`;
    if (!made.has(key)) made.set(key, make(value, number));
    return made.get(key);
  };
}

function make({ fresh, id, bytes }, number) {
  if (fresh === 'variant') return variants[(number * 7 + id * 3) % variants.length];
  if (fresh === 'uuid') return randomUUID();
  if (fresh === 'bytes') return randomBytes(bytes);
  if (fresh === 'bigint') return randomBytes(8).readBigInt64BE().toString();
  return randomBytes(24).toString('base64url');
}

function revive(_key, value) {
  return value && value.type === 'Buffer' ? Buffer.from(value.data) : value;
}
