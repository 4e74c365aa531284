import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { migrations } from '../../../src/database/migrations/index.js';
import { makeFolder, removeFolder, StorehouseProcess } from './storehouse-process.js';

const MIGRATE = resolve('dist/start/migrate.js');
const name = `lifecycle_${process.pid}`;

jest.setTimeout(400_000);

describe('production', () => {
  let folder: string;
  let admin: pg.Client;
  let processes: StorehouseProcess[];
  let settings: Record<string, string>;
  let ownerUrl: string;

  const start = (overrides: Record<string, string> = {}, program?: string): StorehouseProcess => {
    const process = StorehouseProcess.spawn(folder, { ...settings, ...overrides }, program);
    processes.push(process);
    return process;
  };
  const urlOf = (database: string): URL => {
    const url = new URL(process.env.DATABASE_URL!);
    url.pathname = `/${database}`;
    return url;
  };

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: urlOf('postgres').href });
    await admin.connect();
  });

  beforeEach(async () => {
    folder = await makeFolder();
    processes = [];
    await admin.query(`CREATE DATABASE ${name}`);
    ownerUrl = urlOf(name).href;
    settings = {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATABASE_URL: ownerUrl,
      // Rate limits hold here, and what other tests have used up of them must not count.
      REDIS_URL: Object.assign(new URL(process.env.REDIS_URL!), { pathname: '/15' }).href,
      PUBLIC_URL: 'https://api.shop.test',
      SMTP_URL: 'smtp://127.0.0.1:2525',
      SECRETS_KEY: randomBytes(32).toString('base64'),
      JWT_PRIVATE_KEYS: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
      SHUTDOWN_DELAY: '0',
    };
  });

  afterEach(async () => {
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await removeFolder(folder);
  });

  afterAll(() => admin.end());

  it('OP-4: refuses to start without settings, naming each in one message, and makes nothing up', async () => {
    settings = { NODE_ENV: 'production' };
    const app = start();
    expect(await app.exited).toBe(1);
    for (const setting of ['DATABASE_URL', 'REDIS_URL', 'PUBLIC_URL', 'SMTP_URL', 'SECRETS_KEY', 'JWT_PRIVATE_KEYS']) {
      expect(app.stderr).toContain(`- ${setting} is missing`);
    }
    expect(app.stderr.match(/cannot start/g)).toHaveLength(1);
    expect(app.stdout).toBe('');
    await expect(stat(join(folder, '.storehouse'))).rejects.toThrow('ENOENT');
  });

  it('PW-11: refuses sample secrets and a schema that is not migrated in the same message', async () => {
    const app = start({ SECRETS_KEY: 'A'.repeat(43), ADMIN_EMAIL: 'admin@shop.example', ADMIN_PASSWORD: 'change-me' });
    expect(await app.exited).toBe(1);
    for (const setting of ['SECRETS_KEY', 'ADMIN_EMAIL', 'ADMIN_PASSWORD']) {
      expect(app.stderr).toContain(`- ${setting} is a sample value`);
    }
    const pending = migrations.map((Migration) => new Migration().name).join(', ');
    expect(app.stderr).toContain(
      `- the database is not migrated; run "node dist/start/migrate.js" first (pending: ${pending})`,
    );
  });

  it('OP-4: refuses every value of .env.example, uncommented', async () => {
    const example = await readFile('.env.example', 'utf8');
    const values = Object.fromEntries(
      [...example.matchAll(/^#([A-Z_]+)=(\S*)/gm)].map(([, setting, value]) => [setting!, value!]),
    );
    settings = { ...values, NODE_ENV: 'production' };
    const app = start();
    expect(await app.exited).toBe(1);
    for (const setting of ['JWT_PRIVATE_KEYS', 'SECRETS_KEY', 'ADMIN_EMAIL', 'ADMIN_PASSWORD'])
      expect(app.stderr).toContain(`- ${setting}`);
  });

  it('refuses embedded servers', async () => {
    const app = start({ REDIS_FLAVOUR: 'embedded' });
    expect(await app.exited).toBe(1);
    expect(app.stderr).toContain('embedded servers are refused in production');
  });

  it('says which database does not answer', async () => {
    const app = start({ DATABASE_URL: 'postgres://storehouse:secret@127.0.0.1:1/storehouse' });
    expect(await app.exited).toBe(1);
    expect(app.stderr).toMatch(/- DATABASE_URL: the database does not answer \(.*ECONNREFUSED.*\)/);
    expect(app.stderr).not.toContain('secret');
  });

  it('OP-7: serves and works in two processes once it is migrated, as a database user who may not change the schema', async () => {
    const roles = (await readFile('docs/database-roles.sql', 'utf8'))
      .replace(/^\\.*$/gm, '')
      .replaceAll(":'app_password'", `'just for this test'`)
      .replaceAll('storehouse_app', name);
    const owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    await owner.query(roles);
    try {
      const migration = start({}, MIGRATE);
      expect(await migration.exited).toBe(0);
      expect(migration.stdout).toContain('Migrated: ');
      const again = start({}, MIGRATE);
      expect(await again.exited).toBe(0);
      expect(again.stdout).toBe('The database is up to date.\n');

      const appUrl = urlOf(name);
      Object.assign(appUrl, { username: name, password: 'just for this test' });
      settings.DATABASE_URL = appUrl.href;
      const credentials = { ADMIN_EMAIL: 'admin@shop.test', ADMIN_PASSWORD: 'eleven borrowed umbrellas' };
      const worker = start({ ROLE: 'worker' });
      const api = start({ ROLE: 'api', ...credentials });
      await worker.until(() => worker.stdout.includes('The worker waits for jobs'));
      await api.until(() => api.stdout.includes('Server listening'));
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(api.stdout)![0];
      await api.until(async () => (await fetch(`${url}/health/ready`)).status === 200);
      const login = await fetch(`${url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: credentials.ADMIN_EMAIL, password: credentials.ADMIN_PASSWORD }),
      });
      expect(login.status).toBe(200);
      expect((await fetch(`${url}/dev/mail`)).status).toBe(404);

      expect(await Promise.all([api.end(), worker.end()])).toEqual([0, 0]);
      // Logs are one JSON object a line, and tell no secret.
      for (const { stdout, stderr } of [api, worker]) {
        expect(stderr).toBe('');
        for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
        expect(stdout).not.toContain(credentials.ADMIN_PASSWORD);
      }
      const stranger = new pg.Client({ connectionString: appUrl.href });
      await stranger.connect();
      await expect(stranger.query('CREATE TABLE mine ()')).rejects.toMatchObject({ code: '42501' });
      await stranger.end();
    } finally {
      await owner.query(`DROP OWNED BY ${name}`);
      await owner.query(`DROP ROLE ${name}`);
      await owner.end();
    }
  });

  it('keeps serving for a moment after SIGTERM while its readiness is red', async () => {
    await start({}, MIGRATE).exited;
    let answers: (number | undefined)[] = [];
    // A machine that is busy with something else may sleep through the moment.
    for (let tries = 0; tries < 5 && (tries === 0 || answers.includes(undefined)); tries++) {
      const api = start({ ROLE: 'api', SHUTDOWN_DELAY: '5' });
      await api.until(() => api.stdout.includes('Server listening'));
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(api.stdout)![0];
      const statusOf = (path: string) =>
        fetch(url + path).then(
          ({ status }) => status,
          () => undefined,
        );
      await api.until(async () => (await statusOf('/health/ready')) === 200);
      api.signal('SIGTERM');
      let readiness: number | undefined;
      do readiness = await statusOf('/health/ready');
      while (readiness === 200);
      answers = [readiness, await statusOf('/api/v1/products')];
      expect(await api.exited).toBe(0);
    }
    expect(answers).toEqual([503, 200]);
  });
});
