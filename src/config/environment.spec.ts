import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { Environment, InvalidEnvironmentError, loadEnvironment } from './environment.js';

const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const VALID = {
  DATABASE_URL: 'postgres://shop:secret@db.internal:5432/shop',
  REDIS_URL: 'redis://cache.internal:6379/1',
  JWT_PRIVATE_KEYS: PEM,
  SECRETS_KEY: randomBytes(32).toString('base64'),
};
const PRODUCTION = {
  ...VALID,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://shop.internal',
  SMTP_URL: 'smtps://mailer:secret@mail.internal:465',
};

function problemsOf(source: Record<string, string | undefined>): string[] {
  try {
    loadEnvironment(source);
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.problems;
    throw error;
  }
  return [];
}

/** Every setting; the start of the process itself says what Redis it has brought along. */
const SETTINGS = [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Environment, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
].filter((name) => name !== 'REDIS_FLAVOUR');

describe('every setting', () => {
  it.each([
    ['.env.example', /^#?([A-Z_]+)=/gm],
    ['README.md', /`([A-Z][A-Z_]+)`/g],
  ])('is told of in %s', async (file, names) => {
    const told = [...(await readFile(file, 'utf8')).matchAll(names)].map(([, name]) => name!);
    expect(SETTINGS.length).toBeGreaterThan(50);
    expect(SETTINGS.filter((name) => !told.includes(name))).toEqual([]);
  });

  it('of .env.example is one that there is', async () => {
    const listed = [...(await readFile('.env.example', 'utf8')).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(listed.filter((name) => !SETTINGS.includes(name))).toEqual([]);
  });
});

describe('loadEnvironment', () => {
  it('fills in the defaults of development', () => {
    expect(loadEnvironment(VALID)).toMatchObject({
      NODE_ENV: 'development',
      PORT: 3000,
      HOST: '127.0.0.1',
      ROLE: 'all',
      DATA_DIR: '.storehouse',
      DEMO_CATALOGUE: true,
      PUBLIC_URL: 'http://localhost:3000',
      DEFAULT_LOCALE: 'en',
      CORS_ORIGINS: [],
      WEBAUTHN_ORIGINS: [],
      TRUST_PROXY: [],
      ACCESS_TOKEN_TTL: 900,
      REFRESH_TOKEN_TTL: 2_592_000,
      RESERVATION_TTL: 1800,
      IDEMPOTENCY_TTL: 86_400,
      RATE_LIMIT_SCALE: 1,
      WEBHOOK_ALLOW_PRIVATE: false,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'pretty',
      isProduction: false,
      servesHttp: true,
      runsJobs: true,
    });
  });

  it.each([
    [{ SECURITY_CONTACT: 'security@shop.test' }, []],
    [{ SECURITY_CONTACT: 'https://shop.test/security' }, []],
    [{ SECURITY_CONTACT: 'http://shop.test' }, ['SECURITY_CONTACT']],
    [{ SECURITY_CONTACT: 'a@b\nExpires: never' }, ['SECURITY_CONTACT']],
    [{ METRICS_PORT: '9464', METRICS_TOKEN: 'abcdefghij.0123456789' }, []],
    [{ METRICS_PORT: '3000' }, ['METRICS_PORT']],
    [{ METRICS_PORT: 'many' }, ['METRICS_PORT']],
    [{ METRICS_TOKEN: 'short' }, ['METRICS_TOKEN']],
    [{ METRICS_TOKEN: 'two words of some length' }, ['METRICS_TOKEN']],
    [{ ...PRODUCTION, METRICS_TOKEN: 'change-me-to-32-characters' }, ['METRICS_TOKEN']],
  ])('looks at who hears of weaknesses and who reads metrics: %j', (settings, wrong) => {
    expect(problemsOf({ ...VALID, ...settings }).map((problem) => /^[A-Z_]+/.exec(problem)![0])).toEqual(wrong);
  });

  it.each([
    [{ STRIPE_SECRET_KEY: 'sk_test_abcdefghij', STRIPE_WEBHOOK_SECRET: 'whsec_abcdefghij' }, []],
    [{ STRIPE_SECRET_KEY: 'rk_live_abcdefghij', STRIPE_WEBHOOK_SECRET: 'whsec_abcdefghij' }, []],
    [{ STRIPE_SECRET_KEY: 'sk_test_abcdefghij' }, ['STRIPE_WEBHOOK_SECRET is missing']],
    [{ STRIPE_WEBHOOK_SECRET: 'whsec_abcdefghij' }, ['STRIPE_SECRET_KEY is missing']],
    [
      { STRIPE_SECRET_KEY: 'pk_test_abcdefghij', STRIPE_WEBHOOK_SECRET: 'abcdefghij' },
      ['STRIPE_SECRET_KEY: STRIPE_SECRET_KEY must be', 'STRIPE_WEBHOOK_SECRET: STRIPE_WEBHOOK_SECRET must be'],
    ],
    [{ STRIPE_API_URL: 'api.stripe.com' }, ['STRIPE_API_URL']],
    [
      { ...PRODUCTION, STRIPE_SECRET_KEY: 'sk_live_change-me', STRIPE_WEBHOOK_SECRET: 'whsec_change-me' },
      ['STRIPE_SECRET_KEY', 'STRIPE_SECRET_KEY is a sample', 'STRIPE_WEBHOOK_SECRET is a sample'],
    ],
  ])('wants the key and the webhook secret of Stripe together, and neither in another place: %j', (settings, wrong) => {
    const problems = problemsOf({ ...VALID, ...settings });
    expect(problems).toHaveLength(wrong.length);
    for (const [index, beginning] of wrong.entries()) expect(problems[index]).toMatch(new RegExp(`^${beginning}`));
  });

  it('tells what is wrong with the sign-in providers, and not their secrets', () => {
    const provider = {
      name: 'company',
      issuer: 'http://login.company.internal',
      clientId: 'a',
      clientSecret: 's3cr3t',
    };
    const [problem, ...more] = problemsOf({ ...PRODUCTION, OIDC_PROVIDERS: JSON.stringify([provider]) });
    expect(more).toEqual([]);
    expect(problem).toMatch(/^OIDC_PROVIDERS: \[0\]\.issuer must be an https address/);
    expect(problem).not.toContain('s3cr3t');
    expect(loadEnvironment({ ...VALID, OIDC_PROVIDERS: JSON.stringify([provider]) }).OIDC_PROVIDERS).toHaveLength(1);
    expect(loadEnvironment(VALID).OIDC_PROVIDERS).toEqual([]);
    const sample = { ...provider, issuer: 'https://login.company.internal', clientSecret: 'change-me' };
    expect(problemsOf({ ...PRODUCTION, OIDC_PROVIDERS: JSON.stringify([sample]) })).toEqual([
      'OIDC_PROVIDERS: "company" has sample values; choose your own',
    ]);
  });

  it('fills in the defaults of production', () => {
    expect(loadEnvironment(PRODUCTION)).toMatchObject({
      HOST: '0.0.0.0',
      DEMO_CATALOGUE: false,
      LOG_FORMAT: 'json',
      PUBLIC_URL: 'https://shop.internal',
      isProduction: true,
    });
  });

  it('reads numbers, flags and lists', () => {
    const environment = loadEnvironment({
      ...VALID,
      PORT: '8080',
      ROLE: 'api',
      DEMO_CATALOGUE: '0',
      WEBHOOK_ALLOW_PRIVATE: 'true',
      RATE_LIMIT_SCALE: '0.5',
      CORS_ORIGINS: 'https://shop.example, http://localhost:5173,',
      TRUST_PROXY: '10.0.0.0/8, 192.168.0.1, fd00::/8, loopback',
    });
    expect(environment).toMatchObject({
      PORT: 8080,
      DEMO_CATALOGUE: false,
      WEBHOOK_ALLOW_PRIVATE: true,
      RATE_LIMIT_SCALE: 0.5,
      CORS_ORIGINS: ['https://shop.example', 'http://localhost:5173'],
      TRUST_PROXY: ['10.0.0.0/8', '192.168.0.1', 'fd00::/8', 'loopback'],
      PUBLIC_URL: 'http://localhost:8080',
      servesHttp: true,
      runsJobs: false,
    });
  });

  it('takes blank values for unset ones, and does not look at what it does not know', () => {
    const environment = loadEnvironment({
      ...VALID,
      PORT: '',
      ROLE: '  ',
      SMTP_URL: ' ',
      ADMIN_EMAIL: '',
      EDITOR: 'vi',
    });
    expect(environment).toMatchObject({ PORT: 3000, ROLE: 'all' });
    expect([environment.SMTP_URL, environment.ADMIN_EMAIL]).toEqual([undefined, undefined]);
    expect(environment).not.toHaveProperty('EDITOR');
  });

  it('cannot be changed afterwards', () => {
    const environment = loadEnvironment(VALID);
    expect(() => Object.assign(environment, { PORT: 1 })).toThrow(TypeError);
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['ROLE', 'web'],
    ['DATABASE_URL', 'mysql://db/shop'],
    ['DATABASE_URL', 'db.internal'],
    ['REDIS_URL', 'http://cache'],
    ['REDIS_URL', 'redis+sentinel://cache'],
    ['REDIS_PREFIX', 'shop:{1}'],
    ['REDIS_TLS_CA', '/nowhere/ca.pem'],
    ['REDIS_TLS_CA', PEM],
    ['REDIS_TLS_KEY', '-----BEGIN CERTIFICATE-----'],
    ['REDIS_TLS_SERVERNAME', 'https://cache'],
    ['REDIS_FLAVOUR', 'cluster'],
    ['DB_POOL', '1'],
    ['DB_POOL', '201'],
    ['DEMO_CATALOGUE', 'yes'],
    ['CATALOGUE_CACHE_MB', '-1'],
    ['ADMIN_EMAIL', 'admin'],
    ['PUBLIC_URL', 'shop.example'],
    ['PUBLIC_URL', 'ftp://shop.example'],
    ['STOREFRONT_URL', 'shop.example'],
    ['STOREFRONT_URL', 'javascript:alert(1)'],
    ['STOREFRONT_URL', 'https://shop.example/?a=b'],
    ['STOREFRONT_URL', 'https://shop.example/#a'],
    ['DEFAULT_LOCALE', 'no language'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://shop.example/'],
    ['CORS_ORIGINS', 'https://*.shop.example'],
    ['CORS_ORIGINS', 'shop.example'],
    ['CORS_ORIGINS', 'https://a.example,https://a.example'],
    ['WEBAUTHN_RP_ID', 'https://shop.example'],
    ['WEBAUTHN_RP_ID', 'Shop.example'],
    ['WEBAUTHN_ORIGINS', 'shop.example'],
    ['WEBAUTHN_ORIGINS', 'https://shop.example/'],
    ['WEBAUTHN_ORIGINS', 'https://*.shop.example'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'proxy.internal'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['JWT_PRIVATE_KEYS', 'secret'],
    ['JWT_PRIVATE_KEYS', PEM.replace('PRIVATE', 'PUBLIC')],
    ['SECRETS_KEY', 'short'],
    ['SECRETS_KEY', randomBytes(31).toString('base64')],
    ['SECRETS_KEY', randomBytes(33).toString('hex')],
    ['ACCESS_TOKEN_TTL', '29'],
    ['ACCESS_TOKEN_TTL', '3601'],
    ['REFRESH_TOKEN_TTL', '1'],
    ['RESERVATION_TTL', '0'],
    ['IDEMPOTENCY_TTL', '59'],
    ['RATE_LIMIT_SCALE', '0'],
    ['RATE_LIMIT_SCALE', 'many'],
    ['WEBHOOK_ALLOW_PRIVATE', 'maybe'],
    ['SMTP_URL', 'mail.internal'],
    ['SMTP_URL', 'http://mail.internal'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
    ['SHUTDOWN_DELAY', '6'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(problemsOf({ ...VALID, [name]: value }).join('\n')).toContain(name);
  });

  it('names everything that is missing or wrong in one message', () => {
    const source = { NODE_ENV: 'production', PORT: 'x', ROLE: 'web', LOG_LEVEL: 'loud' };
    const missing = ['DATABASE_URL', 'REDIS_URL', 'JWT_PRIVATE_KEYS', 'SECRETS_KEY', 'PUBLIC_URL', 'SMTP_URL'];
    const problems = problemsOf(source);
    expect(problems).toEqual(expect.arrayContaining(missing.map((name) => `${name} is missing`)));
    for (const name of ['PORT', 'ROLE', 'LOG_LEVEL'])
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    expect(() => loadEnvironment(source)).toThrow(/cannot start.*\n {2}- .*\n {2}- /s);
  });

  it('does not repeat secrets in its message', () => {
    const secret = 'not-a-key-but-secret';
    const wrong = { SECRETS_KEY: secret, JWT_PRIVATE_KEYS: secret, ADMIN_PASSWORD: secret };
    const problems = problemsOf({ ...VALID, ...wrong, REDIS_URL: `redis://:${secret}@a,b`, REDIS_TLS_KEY: secret });
    expect(problems).toHaveLength(5);
    expect(problems.join('\n')).not.toContain(secret);
  });

  it('takes the certificates of Redis as PEM or from a file, and no half of a pair', async () => {
    const certificate = '-----BEGIN CERTIFICATE-----\n…';
    const folder = await mkdtemp(join(tmpdir(), 'storehouse-pem-'));
    await writeFile(join(folder, 'client.key'), PEM);
    const given = {
      ...VALID,
      REDIS_URL: 'rediss+cluster://cache',
      REDIS_TLS_CA: certificate,
      REDIS_TLS_CERT: certificate,
    };
    const { REDIS_TLS_CA, REDIS_TLS_KEY } = loadEnvironment({ ...given, REDIS_TLS_KEY: join(folder, 'client.key') });
    await rm(folder, { recursive: true });
    expect([REDIS_TLS_CA, REDIS_TLS_KEY]).toEqual([certificate, PEM]);
    expect(problemsOf(given)).toEqual(['REDIS_TLS_KEY is missing, which REDIS_TLS_CERT needs']);
    expect(problemsOf({ ...VALID, REDIS_TLS_CA: certificate })).toEqual([
      'REDIS_URL must begin with rediss, as REDIS_TLS_CA is set',
    ]);
  });
});

describe('loadEnvironment in production', () => {
  it.each([
    ['embedded servers', { REDIS_FLAVOUR: 'embedded' }, 'embedded'],
    ['a key of zeros', { SECRETS_KEY: '0'.repeat(64) }, 'SECRETS_KEY'],
    ['a key of one sign', { SECRETS_KEY: 'A'.repeat(43) }, 'SECRETS_KEY'],
    ['the sample password', { ADMIN_EMAIL: 'root@shop.internal', ADMIN_PASSWORD: 'change-me' }, 'ADMIN_PASSWORD'],
    [
      'the sample address',
      { ADMIN_EMAIL: 'admin@storehouse.local', ADMIN_PASSWORD: 'kqvz xmbw rtpj 4' },
      'ADMIN_EMAIL',
    ],
    ['a sample key', { JWT_PRIVATE_KEYS: `${PEM}# SAMPLE` }, 'JWT_PRIVATE_KEYS'],
    ['no mail server', { SMTP_URL: undefined }, 'SMTP_URL'],
  ])('refuses %s', (_title, changed, name) => {
    expect(problemsOf({ ...PRODUCTION, ...changed }).join('\n')).toContain(name);
  });

  it('needs no mail server where no job runs', () => {
    expect(problemsOf({ ...PRODUCTION, ROLE: 'api', SMTP_URL: undefined })).toEqual([]);
  });

  it('takes real settings', () => {
    expect(
      problemsOf({ ...PRODUCTION, ADMIN_EMAIL: 'root@shop.internal', ADMIN_PASSWORD: 'kqvz xmbw rtpj 4' }),
    ).toEqual([]);
  });
});
