import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const PROGRAM = resolve('dist/main.js');
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** The built program, started as a user would start it, in a folder of its own. */
export class StorehouseProcess {
  stdout = '';
  stderr = '';
  readonly exited: Promise<number>;

  private constructor(
    private readonly child: ChildProcess,
    readonly startedAt = performance.now(),
  ) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((done) =>
      child.once('close', (code, signal) => done(code ?? (signal === 'SIGKILL' ? 137 : 143))),
    );
  }

  /** @param settings The whole environment apart from PATH; the port is a free one unless it is given. */
  static spawn(folder: string, settings: Record<string, string> = {}, program = PROGRAM): StorehouseProcess {
    const env = { PATH: process.env.PATH, HOME: folder, PORT: '0', DEMO_CATALOGUE: 'false', ...settings };
    return new StorehouseProcess(
      spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** What a newcomer types, in this repository; the data is elsewhere. */
  static npmStart(settings: Record<string, string>): StorehouseProcess {
    // Blank, so that a developer's own .env does not matter here.
    const unset = { NODE_ENV: 'development', DATABASE_URL: '', REDIS_URL: '', ADMIN_EMAIL: '', ADMIN_PASSWORD: '' };
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DEMO_CATALOGUE: 'false',
      ...unset,
      ...settings,
    };
    return new StorehouseProcess(spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits for the four lines, or for the end, which is a failure. */
  async ready(): Promise<this> {
    await this.until(() => /^Data /m.test(this.stdout));
    return this;
  }

  /** Waits until the output is as asked; fails with all of it when the program ends before. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 180_000; !(await condition()); await sleep(10)) {
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Not as expected; exit code ${this.child.exitCode}\n${this.stdout}\n${this.stderr}`);
      }
    }
  }

  /** Seconds since it was started, without those for which the machine had no processor for it and its servers (Linux tells). */
  async secondsOfItsOwn(): Promise<number> {
    const seconds = (performance.now() - this.startedAt) / 1e3;
    const told = [this.pid, ...(await this.descendants())].map((pid) =>
      readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0 0'),
    );
    return (await Promise.all(told)).reduce((left, stat) => left - Number(stat.split(' ')[1]) / 1e9, seconds);
  }

  get url(): string {
    return /^API +(http:\/\/[^/]+)/m.exec(this.stdout)![1]!;
  }

  get admin(): { email: string; password: string } {
    const [, email, password] = /^Admin +(\S+) +password: (.+)$/m.exec(this.stdout)!;
    return { email: email!, password: password! };
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns The exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.signal(signal);
    return this.exited;
  }

  login(credentials: { email: string; password: string }): Promise<Response> {
    return this.post('/api/v1/auth/login', credentials);
  }

  post(path: string, body: unknown): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Every living process that this one started, directly or not. */
  descendants(): Promise<number[]> {
    return descendantsOf(this.pid);
  }
}

/** Every living process that this one started, directly or not. */
export async function descendantsOf(process: number): Promise<number[]> {
  const table = await livingProcesses();
  const found = [process];
  for (const pid of found) found.push(...table.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return found.slice(1);
}

/** What runs on this machine; a process that is only waiting to be reaped does not. */
export async function livingProcesses(): Promise<{ pid: number; parent: number }[]> {
  const rows = process.platform === 'linux' ? await readProc() : await readPs();
  return rows.flatMap((row) => {
    const [, pid, state, parent] = row ?? [];
    return pid && parent && !/^[ZX]/.test(state!) ? [{ pid: Number(pid), parent: Number(parent) }] : [];
  });
}

async function readProc(): Promise<(RegExpExecArray | null)[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.map((stat) => /^(\d+) .*\) (\S) (\d+) /s.exec(stat));
}

async function readPs(): Promise<(RegExpExecArray | null)[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,stat=,ppid=']);
  return stdout.split('\n').map((line) => /^ *(\d+) +(\S+) +(\d+)$/.exec(line));
}

/** A new folder in which PostgreSQL can run, also when the tests run as root. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'storehouse-lifecycle-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Copies what a stopped application keeps, owners included, which spares a test the making of a cluster. */
export async function copyData(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', join(from, '.storehouse'), to]);
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** Waits until all of these processes have ended; fails when one never does. */
export async function allGone(pids: number[]): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
    const living = new Set((await livingProcesses()).map(({ pid }) => pid));
    const left = pids.filter((pid) => living.has(pid));
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`Still running: ${left.join(', ')}`);
  }
}

/** Occupies a port until `close` is called. */
export async function occupyPort(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** A request whose last byte is held back until `finish`; the server has to wait for it. */
export class UnfinishedRequest {
  private constructor(
    private readonly socket: Socket,
    private readonly answer: Promise<string>,
  ) {}

  static async start(url: string): Promise<UnfinishedRequest> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    const answer = new Promise<string>((done) => socket.once('close', () => done(text.slice(CONTINUE.length))));
    const body = '{"email":"nobody@example.com","password":"wrong"}';
    const head = `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    socket.write(head);
    // Asked for the body, so the server has begun with it.
    while (text !== CONTINUE && !socket.closed) await sleep(10);
    socket.write(body.slice(0, -1));
    return new UnfinishedRequest(socket, answer);
  }

  /** Sends the last byte and reads the answer until the server closes the connection. */
  finish(): Promise<string> {
    this.socket.write('}');
    return this.answer;
  }

  abandon(): void {
    this.socket.destroy();
  }
}
