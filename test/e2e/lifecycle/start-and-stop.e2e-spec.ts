import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  allGone,
  copyData,
  makeFolder,
  occupyPort,
  removeFolder,
  StorehouseProcess,
  UnfinishedRequest,
} from './storehouse-process.js';

// Whatever else the machine is doing must not decide; what has a limit is measured below.
jest.setTimeout(400_000);

describe('start and stop, on nothing but Node', () => {
  let used: string;
  let folder: string;
  let processes: StorehouseProcess[];

  const start = (settings?: Record<string, string>): StorehouseProcess => {
    const process = StorehouseProcess.spawn(folder, settings);
    processes.push(process);
    return process;
  };

  beforeAll(async () => {
    used = await makeFolder();
    const app = await StorehouseProcess.spawn(used).ready();
    await app.end();
  });

  beforeEach(async () => {
    folder = await makeFolder();
    processes = [];
  });

  afterEach(async () => {
    const pids = (await Promise.all(processes.map((process) => process.descendants()))).flat();
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await allGone(pids);
    await removeFolder(folder);
  });

  afterAll(() => removeFolder(used));

  it('prints four lines to standard output, and what they say is true', async () => {
    const app = await start().ready();
    expect(app.stdout.trimEnd().split('\n')).toEqual([
      `API    ${app.url}/api/v1`,
      `Docs   ${app.url}/docs`,
      expect.stringMatching(/^Admin {2}admin@storehouse\.local {2}password: \S{20}$/),
      `Data   ${join(folder, '.storehouse')}`,
    ]);
    expect((await fetch(`${app.url}/docs`)).status).toBe(200);
    await app.until(async () => (await fetch(`${app.url}/health/ready`)).status === 200);
    expect((await app.login(app.admin)).status).toBe(200);
  });

  it('tells other commands where it runs while it runs, in files that only their owner may read', async () => {
    await copyData(used, folder);
    const app = await start().ready();
    const file = (name: string): string => join(folder, '.storehouse', name);
    const running = JSON.parse(await readFile(file('running.json'), 'utf8')) as Record<string, unknown>;
    expect(running).toEqual({
      pid: app.pid,
      databaseUrl: expect.stringMatching(/^postgres:\/\/storehouse:/),
      redisUrl: expect.stringMatching(/^redis:\/\/:/),
      redisFlavour: 'embedded',
      apiUrl: app.url,
    });
    for (const name of ['running.json', 'secrets.json', 'admin.json'])
      expect((await stat(file(name))).mode & 0o777).toBe(0o600);
    await app.end();
    await expect(stat(file('running.json'))).rejects.toThrow('ENOENT');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with status 0 within ten seconds and leaves no process',
    async (signal) => {
      await copyData(used, folder);
      const took: number[] = [];
      // Whatever else this machine is doing must not decide.
      while (took.length < 5 && !(took.at(-1)! < 10_000)) {
        const app = await start().ready();
        const pids = await app.descendants();
        expect(pids.length).toBeGreaterThan(1);
        const begin = performance.now();
        expect(await app.end(signal)).toBe(0);
        took.push(performance.now() - begin);
        await allGone(pids);
      }
      expect(Math.min(...took)).toBeLessThan(10_000);
    },
  );

  it('keeps accounts, keys and the admin over a restart, which takes under three seconds', async () => {
    await copyData(used, folder);
    const first = await start().ready();
    const shopper = { email: 'shopper@example.com', password: 'seven quiet lanterns' };
    const registered = await first.post('/api/v1/auth/register', shopper);
    const { accessToken } = (await registered.json()) as { accessToken: string };
    await first.end();

    let second = await start().ready();
    const seconds = [await second.secondsOfItsOwn()];
    // Whatever else this machine is doing must not decide.
    while (seconds.at(-1)! >= 3 && seconds.length < 5) {
      await second.end();
      second = await start().ready();
      seconds.push(await second.secondsOfItsOwn());
    }
    expect(Math.min(...seconds)).toBeLessThan(3);
    expect(second.admin).toEqual(first.admin);
    expect((await second.login(shopper)).status).toBe(200);
    const me = await fetch(`${second.url}/api/v1/users/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(me.status).toBe(200);
  });

  it('refuses a second start in one folder with one line, and the first goes on', async () => {
    await copyData(used, folder);
    const first = await start().ready();
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.stdout).toBe('');
    expect(second.stderr.trimEnd()).toBe(
      `Storehouse cannot start: Storehouse already runs in ${join(folder, '.storehouse')} (pid ${first.pid}). ` +
        'Stop that process, or start this one with another data folder.',
    );
    await first.until(async () => (await fetch(`${first.url}/health/ready`)).status === 200);
  });

  it('says in one line that the port is in use, ends with status 1 and leaves no process', async () => {
    await copyData(used, folder);
    const occupied = await occupyPort();
    const app = start({ PORT: String(occupied.port), LOG_LEVEL: 'silent' });
    await app.until(() => app.stderr !== '');
    const pids = await app.descendants();
    expect(await app.exited).toBe(1);
    expect(app.stdout).toBe('');
    expect(app.stderr.trimEnd()).toBe(
      `Storehouse cannot start: port ${occupied.port} of 127.0.0.1 is in use. Stop the other program, or set another PORT.`,
    );
    await allGone(pids);
    await occupied.close();
  });

  it('names every wrong setting in one message before it starts anything', async () => {
    const app = start({ PORT: 'abc', LOG_LEVEL: 'loud', ACCESS_TOKEN_TTL: '1' });
    expect(await app.exited).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'ACCESS_TOKEN_TTL']) expect(app.stderr).toContain(`- ${name}`);
    await expect(stat(join(folder, '.storehouse', 'postgres'))).rejects.toThrow('ENOENT');
  });

  it('says that a database which was named does not answer', async () => {
    const app = start({ DATABASE_URL: 'postgres://storehouse:secret@127.0.0.1:1/storehouse' });
    expect(await app.exited).toBe(1);
    expect(app.stderr).toMatch(/- DATABASE_URL: the database does not answer \(.*ECONNREFUSED.*\)\n$/);
    expect(app.stderr).not.toContain('secret');
  });

  it('logs a failure that nothing handled, ends with status 1 and leaves no process', async () => {
    await copyData(used, folder);
    const fail = `process.on('SIGUSR2', () => void Promise.reject(new Error('nobody caught this')));`;
    const app = await start({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fail)}` }).ready();
    const pids = await app.descendants();
    expect(await app.end('SIGUSR2')).toBe(1);
    expect(app.stderr).toContain('nobody caught this');
    await allGone(pids);
  });

  it('lets a request in flight finish, and takes no new one', async () => {
    await copyData(used, folder);
    const app = await start().ready();
    const request = await UnfinishedRequest.start(app.url);
    app.signal('SIGTERM');
    const statuses = new Set<number | undefined>();
    await app.until(async () => {
      const status = await fetch(`${app.url}/health/live`).then(
        (answer) => answer.status,
        () => undefined,
      );
      statuses.add(status);
      return status === undefined;
    });
    // Until the door closes, whoever comes in is served.
    expect([...statuses].filter((status) => status !== undefined && status !== 200)).toEqual([]);
    expect(await request.finish()).toMatch(/^HTTP\/1\.1 401 /);
    expect(await app.exited).toBe(0);
    expect(app.stderr).not.toContain('abandoned');
  });

  it('ends by itself even when a request never does', async () => {
    await copyData(used, folder);
    const app = await start({ LOG_LEVEL: 'silent' }).ready();
    const pids = await app.descendants();
    const request = await UnfinishedRequest.start(app.url);
    expect(await app.end()).toBe(0);
    request.abandon();
    await allGone(pids);
  });

  it('takes the Ctrl-C that npm passes on for the same one, and ends at once on a second', async () => {
    await copyData(used, folder);
    // As soon as it takes one it gets another, so that no time passes between the two that it does not see itself.
    const passOn = `process.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));`;
    const patient = await start({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(passOn)}`,
    }).ready();
    const first = await UnfinishedRequest.start(patient.url);
    patient.signal('SIGINT');
    await sleep(500);
    expect(await first.finish()).toMatch(/^HTTP\/1\.1 401 /);
    expect(await patient.exited).toBe(0);

    const hurried = await start().ready();
    const pids = await hurried.descendants();
    const second = await UnfinishedRequest.start(hurried.url);
    hurried.signal('SIGINT');
    // When it takes the first is its own business, and one that comes too soon after it is the same one.
    const again = setInterval(() => hurried.signal('SIGINT'), 600);
    expect(await hurried.exited).toBe(130);
    clearInterval(again);
    second.abandon();
    await allGone(pids);
  });

  it('leaves no process when it is killed, and starts again on the same data', async () => {
    await copyData(used, folder);
    const first = await start().ready();
    const pids = await first.descendants();
    await first.end('SIGKILL');
    await allGone(pids);
    const second = await start().ready();
    expect((await second.login(first.admin)).status).toBe(200);
  });

  it('leaves no process when it is told to end while it starts', async () => {
    await copyData(used, folder);
    const app = start();
    let pids: number[] = [];
    await app.until(async () => (pids = await app.descendants()).length > 0);
    expect(await app.end()).toBe(0);
    expect(app.stderr).toBe('');
    await allGone(pids);
    await start().ready();
  });
});

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process when npm alone gets %s', async (signal) => {
    const folder = await makeFolder();
    const npm = StorehouseProcess.npmStart({ DATA_DIR: join(folder, '.storehouse') });
    try {
      await npm.ready();
      const pids = await npm.descendants();
      expect(pids.length).toBeGreaterThan(2);
      await npm.end(signal);
      await allGone(pids);
    } finally {
      await npm.end('SIGKILL');
      await removeFolder(folder);
    }
  });
});
