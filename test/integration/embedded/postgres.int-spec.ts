import { chmod, chown, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { EmbeddedServer } from '../../../src/embedded/embedded-server.js';
import { startEmbeddedPostgres } from '../../../src/embedded/postgres.js';
import { eventually, isRunning, postmasterPid, startParent } from './parent-process.js';
import type { ParentProcess } from './parent-process.js';

const START_AND_PRINT = `
  import { startEmbeddedPostgres } from 'embedded:postgres';
  const server = await startEmbeddedPostgres({ dataDir: process.argv[1] });
  console.log(server.url);
`;

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', () => {
  let root: string;
  let dataDir: string;
  let server: EmbeddedServer | undefined;
  let parent: ParentProcess | undefined;

  const start = async (durable = true): Promise<EmbeddedServer> => {
    server = await startEmbeddedPostgres({ dataDir, durable });
    return server;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'storehouse-postgres-'));
    if (process.getuid?.() === 0) await chmod(root, 0o711);
    dataDir = join(root, '.storehouse');
  });

  afterEach(async () => {
    await parent?.kill('SIGKILL');
    await server?.stop();
    await eventually('the last PostgreSQL is gone', async () => {
      const pid = await postmasterPid(dataDir).catch(() => 0);
      return pid === 0 || !(await isRunning(pid));
    });
    await rm(root, { recursive: true, force: true });
    server = parent = undefined;
  });

  it('keeps rows and password over stop and start', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it('commits synchronously when durable, and never waits for the disk when not', async () => {
    const settings = `SELECT name, setting FROM pg_settings
      WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`;
    const durable = await start(true);
    expect(new Set((await query<{ setting: string }>(durable.url, settings)).map((row) => row.setting))).toEqual(
      new Set(['on']),
    );
    await durable.stop();
    const fast = await start(false);
    expect(new Set((await query<{ setting: string }>(fast.url, settings)).map((row) => row.setting))).toEqual(
      new Set(['off']),
    );
  });

  it('listens on 127.0.0.1 only, asks for the password and keeps it in a 0600 file', async () => {
    const { url } = await start(false);
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });

    const file = join(dataDir, 'postgres', 'storehouse.password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(dataDir)).mode & 0o066).toBe(0);
    const commandLine = await readFile(`/proc/${await postmasterPid(dataDir)}/cmdline`, 'utf8').catch(() => '');
    expect(commandLine).not.toContain(new URL(url).password);

    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4');
    for (const { address } of outside) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connect({ host: address, port: Number(new URL(url).port) }, () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
      expect(reached).toBe(false);
    }
  });

  it('ends when its parent is killed, and what was committed is there at the next start', async () => {
    parent = startParent(START_AND_PRINT, dataDir);
    const url = await parent.nextLine();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await postmasterPid(dataDir);
    expect(await isRunning(pid)).toBe(true);

    await parent.kill('SIGKILL');
    await eventually('PostgreSQL ends by itself', async () => !(await isRunning(pid)));
    expect(await query((await start()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('survives the Ctrl-C that its parent handles, so that the parent can drain first', async () => {
    parent = startParent(`process.on('SIGINT', () => console.log('draining'));${START_AND_PRINT}`, dataDir);
    const url = await parent.nextLine();
    process.kill(-parent.pid, 'SIGINT');
    expect(await parent.nextLine()).toBe('draining');
    await sleep(300);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('waits for the server of a killed parent that is still shutting down', async () => {
    parent = startParent(START_AND_PRINT, dataDir);
    await parent.nextLine();
    const pid = await postmasterPid(dataDir);
    // A stopped process does not notice its parent's end until it is continued.
    process.kill(pid, 'SIGSTOP');
    await parent.kill('SIGKILL');
    const starting = start();
    const continued = setTimeout(() => process.kill(pid, 'SIGCONT'), 1_000);
    try {
      expect(await query((await starting).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await isRunning(pid)).toBe(false);
    } finally {
      clearTimeout(continued);
    }
  });

  it('does not mistake a reused pid in postmaster.pid for a running server', async () => {
    await (await start(false)).stop();
    parent = startParent('console.log("up"); setInterval(() => undefined, 1000);');
    await parent.nextLine();
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    await writeFile(file, `${parent.pid}\n${join(dataDir, 'postgres')}\n1\n5432\n\n127.0.0.1\n`, { mode: 0o600 });
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    await chown(file, uid, gid);
    expect(await query((await start(false)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts after a first start that was killed in the middle of initdb', async () => {
    parent = startParent(START_AND_PRINT, dataDir);
    await eventually('initdb has begun to fill its folder', async () => {
      const entries = await readdir(dataDir, { recursive: true }).catch(() => []);
      return entries.some((name) => name.endsWith('PG_VERSION'));
    });
    await parent.kill('SIGKILL');
    // Killed before the end: nothing may look like a finished cluster.
    expect(await readdir(dataDir)).not.toContain('postgres');
    expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).filter((name) => !name.startsWith('postgres.new-'))).toEqual(['postgres']);
  });

  it('creates its database when the first start ended before it could', async () => {
    const { url } = await start(false);
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await query(maintenance.href, 'DROP DATABASE storehouse');
    await server!.stop();
    expect(await query((await start(false)).url, 'SELECT current_database() AS name')).toEqual([
      { name: 'storehouse' },
    ]);
  });

  it('stops with clients still connected', async () => {
    const { url, stop } = await start(false);
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await stop();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await client.end();
  });

  it('started as root, names the folder that shuts out the unprivileged user; anyone else may use a closed folder', async () => {
    await chmod(root, 0o700);
    const outcome = await start().then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(outcome).toContain(process.getuid?.() === 0 ? `cannot enter ${root},` : 'started');
  });
});
