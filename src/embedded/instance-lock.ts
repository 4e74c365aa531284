import { randomBytes } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ignoreMissing, prepareDataDir } from './data-dir.js';
import { isAlive } from './guarded-process.js';

/** Proof that this process alone uses a data folder. */
export interface InstanceLock {
  /** Gives the folder free. Calling it again does nothing. */
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

type LockState = Holder | 'released' | 'unreadable';

const LOCK_NAME = /^instance\.(\d+)\.lock$/;
const ANSWER_TIMEOUT_MS = 2_000;
const WRITE_GRACE_MS = 500;

/**
 * Claims a data folder for this process.
 *
 * The holder listens on a loopback port and answers with the random token that its lock file names. The kernel closes
 * the port with the process, so a killed holder is recognised at once, and neither a reused pid nor a reused port can
 * answer for it.
 *
 * Lock files are numbered. The highest number counts, a claim is the exclusive creation of the next number, and the
 * highest file is never deleted: a slow starter that looked earlier therefore collides with the file instead of taking
 * over a claim that somebody else has made meanwhile.
 *
 * Processes that do not share a network (two containers on one volume) cannot see each other's claim.
 *
 * @throws Error naming the folder and the pid when a living process holds it.
 */
export async function acquireInstanceLock(dataDir: string): Promise<InstanceLock> {
  const dir = await prepareDataDir(dataDir);
  const token = randomBytes(16).toString('hex');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${token}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

  try {
    const file = await claim(dir, { pid: process.pid, port: (server.address() as AddressInfo).port, token });
    let released: Promise<void> | undefined;
    const release = async (): Promise<void> => {
      await writeFile(file, JSON.stringify({ released: true })).catch(ignoreMissing);
      await close();
    };
    return { release: () => (released ??= release()) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function claim(dir: string, self: Holder): Promise<string> {
  for (;;) {
    const highest = await highestNumber(dir);
    if (highest > 0) await assertFree(dir, lockFile(dir, highest));

    const mine = highest + 1;
    const file = lockFile(dir, mine);
    try {
      await writeFile(file, JSON.stringify(self), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    if ((await highestNumber(dir)) > mine) {
      await rm(file, { force: true });
      continue;
    }
    for (const number of (await lockNumbers(dir)).filter((other) => other < mine)) {
      await rm(lockFile(dir, number), { force: true });
    }
    return file;
  }
}

async function assertFree(dir: string, file: string): Promise<void> {
  let state = await readLock(file);
  for (let waitedMs = 0; state === 'unreadable' && waitedMs < WRITE_GRACE_MS; waitedMs += 50) {
    // Another start may be between creating the file and writing it.
    await sleep(50);
    state = await readLock(file);
  }
  if (typeof state === 'string' || !(await isHeld(state))) return;
  throw new Error(
    `Storehouse already runs in ${dir} (pid ${state.pid}). ` +
      'Stop that process, or start this one with another data folder.',
  );
}

async function readLock(file: string): Promise<LockState> {
  const content = await readFile(file, 'utf8').catch(ignoreMissing);
  if (content === undefined) return 'released';
  try {
    const { pid, port, token, released } = JSON.parse(content) as Partial<Holder> & { released?: boolean };
    if (released) return 'released';
    return pid && port && token ? { pid, port, token } : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

async function isHeld(holder: Holder): Promise<boolean> {
  const answer = await ask(holder.port);
  if (answer === 'refused') return false;
  if (answer !== 'silence') return answer === holder.token;
  // A stopped or very busy holder accepts but does not answer, and so might a stranger on a reused port.
  return isAlive(holder.pid);
}

async function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => settle('silence'));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.includes('\n') || answer.length > 100) settle(answer.split('\n')[0]!);
    });
    socket.on('end', () => settle(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED' ? 'refused' : answer));
    const settle = (result: string): void => {
      socket.destroy();
      resolve(result);
    };
  });
}

function lockFile(dir: string, number: number): string {
  return join(dir, `instance.${number}.lock`);
}

async function lockNumbers(dir: string): Promise<number[]> {
  return (await readdir(dir)).flatMap((name) => LOCK_NAME.exec(name)?.slice(1).map(Number) ?? []);
}

async function highestNumber(dir: string): Promise<number> {
  return Math.max(0, ...(await lockNumbers(dir)));
}
