// The yardstick: bare Fastify and pg, which send the statements that the subject was seen sending, and nothing else.
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import pg from 'pg';

const { reads, fixed } = JSON.parse(readFileSync(process.env.BENCH_CAPTURE, 'utf8'), revive);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DB_POOL ?? 10) });
const fastify = Fastify();

fastify.get('/ready', () => ({ ok: true }));
fastify.get('/fixed', (_request, reply) => reply.headers(fixed.headers).send(fixed.body));
for (const [name, statements] of Object.entries(reads)) {
  fastify.get(`/${name}`, async () => {
    let rows = [];
    for (const statement of statements) rows = (await pool.query(statement)).rows;
    return { data: rows, nextCursor: null };
  });
}
await fastify.listen({ port: Number(process.env.PORT), host: process.env.HOST });
process.on('SIGTERM', () => void fastify.close().then(() => pool.end()));

function revive(_key, value) {
  return value && value.type === 'Buffer' ? Buffer.from(value.data) : value;
}
