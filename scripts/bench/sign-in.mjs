// What signing in costs others, and what its time tells: the measurements around hashing passwords.
import { randomUUID } from 'node:crypto';
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './load.mjs';

const CLIENTS = 8;
export const READS_A_SECOND = 100;
const PAUSE_MS = 500;
const PASSWORD = 'seven quiet otters';

/**
 * Latency of product reads at a steady rate, with nothing else going on and while clients sign in without a pause, in turns.
 *
 * @returns medians over the rounds of both p99 in milliseconds, of their ratio, and of the sign-ins a second.
 */
export async function readsUnderSignIns(server, path, { rounds, seconds }) {
  const emails = await makeUsers(server, CLIENTS);
  await reads(server, path, 2);
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const idle = await reads(server, path, seconds);
    const signIns = signInsWithoutPause(server, emails);
    await delay(PAUSE_MS);
    const busy = await reads(server, path, seconds);
    const perSecond = await signIns.stop();
    await delay(PAUSE_MS);
    results.push({ idle, busy, perSecond, ratio: busy / idle });
  }
  return Object.fromEntries(
    ['idle', 'busy', 'perSecond', 'ratio'].map((name) => [name, median(results.map((result) => result[name]))]),
  );
}

/**
 * Time of refused sign-ins, one after the other, to an account in turns with an address that has none.
 *
 * @returns medians in milliseconds.
 */
export async function refusalTimes(server, count) {
  const [email] = await makeUsers(server, 1);
  const times = { known: [], unknown: [] };
  for (let index = 0; index < count + 10; index++) {
    for (const kind of index % 2 ? ['known', 'unknown'] : ['unknown', 'known']) {
      const address = kind === 'known' ? email : `nobody-${randomUUID()}@example.org`;
      const startedAt = performance.now();
      const answer = await post(server, 'login', { email: address, password: 'not the right password' });
      if (answer.status !== 401) throw new Error(`a wrong password answered ${answer.status}`);
      // The first ones prepare statements and connections.
      if (index >= 10) times[kind].push(performance.now() - startedAt);
    }
  }
  return { known: median(times.known), unknown: median(times.unknown) };
}

/**
 * Sends reads at an even pace, whether or not the earlier ones are answered, and takes each time from the moment it was due. (Autocannon
 * would send the requests of each second in one burst.)
 *
 * @returns the p99 in milliseconds.
 */
async function reads(server, path, seconds) {
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const times = [];
  for (let index = 0; index < seconds * READS_A_SECOND; index++) {
    const dueAt = startedAt + (index * 1000) / READS_A_SECOND;
    const early = dueAt - performance.now();
    if (early > 0) await delay(early);
    times.push(read(server.url + path, agent).then(() => performance.now() - dueAt));
  }
  const sorted = (await Promise.all(times)).sort((left, right) => left - right);
  agent.destroy();
  return sorted[Math.ceil(sorted.length * 0.99) - 1];
}

function read(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      answer.resume().once('end', resolve);
    }).once('error', reject);
  });
}

function signInsWithoutPause(server, emails) {
  let isOver = false;
  let count = 0;
  const startedAt = performance.now();
  const clients = emails.map(async (email) => {
    while (!isOver) {
      const answer = await post(server, 'login', { email, password: PASSWORD });
      if (answer.status !== 200) throw new Error(`a sign-in answered ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
      count++;
    }
  });
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      return (count * 1000) / (performance.now() - startedAt);
    },
  };
}

async function makeUsers(server, count) {
  const emails = Array.from({ length: count }, () => `bench-${randomUUID()}@example.org`);
  for (const email of emails) {
    const answer = await post(server, 'register', { email, password: PASSWORD });
    if (answer.status >= 300) throw new Error(`a registration answered ${answer.status}: ${await answer.text()}`);
  }
  return emails;
}

function post(server, path, body) {
  return fetch(`${server.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
