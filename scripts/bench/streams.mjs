// What thousands of streams cost that hear next to nothing, and how soon all of them hear of one event.
import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import jwt from 'jsonwebtoken';
import { startNode } from './servers.mjs';

const AT_ONCE = 50;
const SETTLE_MS = 3_000;
const REST_SECONDS = 16;
const PAUSE_MS = 300;
const PATIENCE_MS = 10_000;
const PING = 0x89;
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/**
 * Opens streams of a kind, each of a session of its own, on a process that serves the API; another one publishes events.
 *
 * @param kind `sse` or `websocket`.
 * @returns KiB of resident memory for each, percent of a processor while nothing happens, and milliseconds from before the insertion of an
 * event until each of them had it: median, 99th percentile and the very last of all events.
 */
export async function measureStreams(client, environment, { kind, count, events }) {
  const worker = await startNode('dist/main.js', { ...environment, ROLE: 'all' }, '/health/ready');
  const server = await startNode('dist/main.js', environment, '/health/ready');
  const { hostname, port } = new URL(server.url);
  try {
    const tokens = await tokensOfSessions(client, environment, server, count);
    // What the first ones load is there whether one stream is open or thousands.
    const readers = await openAll(tokens.slice(0, AT_ONCE), kind, { hostname, port });
    await happen(client, readers);
    await delay(SETTLE_MS);
    const before = await server.residentMiB();
    readers.push(...(await openAll(tokens.slice(AT_ONCE), kind, { hostname, port })));
    await delay(SETTLE_MS);
    const cpuBefore = await server.cpuSeconds();
    await delay(REST_SECONDS * 1_000);
    const restPercent = (((await server.cpuSeconds()) - cpuBefore) / REST_SECONDS) * 100;
    const kibEach = (((await server.residentMiB()) - before) * 1024) / (count - AT_ONCE);
    const delays = [];
    for (let event = 0; event < events; event++) {
      delays.push(...(await happen(client, readers)));
      await delay(PAUSE_MS);
    }
    for (const { socket } of readers) socket.destroy();
    delays.sort((a, b) => a - b);
    return {
      kibEach,
      restPercent,
      p50: delays[delays.length >> 1],
      p99: delays[Math.ceil(delays.length * 0.99) - 1],
      last: delays.at(-1),
    };
  } finally {
    await server.stop();
    await worker.stop();
  }
}

/** Access tokens of sessions of the administrator, made by hand: signing in that often would take longer than the measurement. */
async function tokensOfSessions(client, { ADMIN_EMAIL, ADMIN_PASSWORD, JWT_PRIVATE_KEYS }, { url }, count) {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: ADMIN_EMAIL, password: ADMIN_PASSWORD }),
  });
  const { header, payload } = jwt.decode((await answer.json()).accessToken, { complete: true });
  const { rows } = await client.query(
    `INSERT INTO sessions (id, user_id, methods, created_at, authenticated_at, last_used_at, expires_at)
     SELECT gen_random_uuid(), $1, '{password}', now(), now(), now(), now() + interval '1 day' FROM generate_series(1, $2::int)
     RETURNING id`,
    [payload.sub, count],
  );
  return rows.map(({ id }) =>
    jwt.sign({ ...payload, sid: id, jti: randomUUID() }, JWT_PRIVATE_KEYS, { algorithm: 'ES256', header }),
  );
}

async function openAll(tokens, kind, place) {
  const readers = [];
  for (let start = 0; start < tokens.length; start += AT_ONCE) {
    readers.push(...(await Promise.all(tokens.slice(start, start + AT_ONCE).map((token) => open(token, kind, place)))));
  }
  return readers;
}

/** One reader, as lean as can be: of what comes it looks only for the id that is waited for. */
function open(token, kind, { hostname, port }) {
  const socket = connect(Number(port), hostname);
  const reader = { socket, isHearing: () => false };
  return new Promise((resolve, reject) => {
    let begin = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a stream')));
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (begin === undefined) {
        // Whoever does not answer a ping is taken for gone.
        if (bytes[0] === PING) socket.write(PONG);
        return void reader.isHearing(text);
      }
      begin += text;
      if (!/^HTTP\/1\.1 (200|101) /.test(begin))
        return reject(new Error(`a stream was refused: ${begin.slice(0, 300)}`));
      if (begin.endsWith('"authenticated":true}')) socket.write(frameOf('{"type":"subscribe","channel":"events"}'));
      if (!begin.includes(kind === 'sse' ? ': connected' : '"subscribed"')) return;
      begin = undefined;
      resolve(reader);
    });
    const fields = `Host: ${hostname}\r\nAuthorization: Bearer ${token}\r\n`;
    if (kind === 'sse') return void socket.write(`GET /api/v1/events/stream HTTP/1.1\r\n${fields}\r\n`);
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET /api/v1/events/socket HTTP/1.1\r\n${fields}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
  });
}

/** A short text as a masked frame (RFC 6455 section 5.2); the mask is zero, which leaves the text as it is. */
function frameOf(text) {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** Lets one event happen. @returns after how many milliseconds each reader had it. */
async function happen(client, readers) {
  const [id, orderId] = [randomUUID(), randomUUID()];
  const delays = [];
  const heardByAll = new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const closed = readers.filter(({ socket }) => socket.destroyed).length;
      const silent = readers.length - delays.length;
      reject(new Error(`${silent} of ${readers.length} streams heard nothing, and ${closed} are closed`));
    }, PATIENCE_MS);
    for (const reader of readers) {
      reader.isHearing = (text) => {
        if (!text.includes(id)) return;
        reader.isHearing = () => false;
        delays.push(performance.now() - startedAt);
        if (delays.length < readers.length) return;
        clearTimeout(timer);
        resolve();
      };
    }
  });
  const startedAt = performance.now();
  await client.query(
    `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
     VALUES ($1, 'order.held', 'order', $2, 1, $3, now())`,
    [id, orderId, { orderId, customerId: null }],
  );
  await client.query(`SELECT pg_notify('outbox', '')`);
  await heardByAll;
  return delays;
}
