import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { plainToInstance, Transform } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsLocale,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateBy,
  validateSync,
} from 'class-validator';
import { InvalidOidcProvidersError, type OidcProviderSetting, readOidcProviders } from './oidc-providers.js';
import { InvalidRedisUrlError, readRedisAddress } from './redis-address.js';

/** `REDIS_PREFIX` of a shop that is alone on its Redis. */
export const DEFAULT_REDIS_PREFIX = 'storehouse';

export type Role = 'api' | 'worker' | 'all';
export type LogFormat = 'json' | 'pretty';

const trimmed = ({ value }: { value: unknown }): unknown => {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  return text === '' ? undefined : text;
};
const list = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value;
const number = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
const flag = ({ value }: { value: unknown }): unknown => {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return value;
};

/** Applies decorators in the order in which they stand, so that the first is the first to be told. */
const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, name) =>
    decorators.forEach((decorate) => decorate(target, name));
/** A setting that is a whole number within bounds. */
const IsWhole = (min: number, max: number): PropertyDecorator => all(Transform(number), IsInt(), Min(min), Max(max));
/** A setting that is a number within bounds. */
const IsWithin = (min: number, max: number): PropertyDecorator =>
  all(Transform(number), IsNumber(), Min(min), Max(max));
/** A setting that is true or false. */
const IsFlag = (): PropertyDecorator => all(Transform(flag), IsBoolean());
/** A setting that may be left out. */
const MayBeAbsent = (): PropertyDecorator => all(Transform(trimmed), IsOptional());
/** A setting that lists what is separated by commas. */
const IsList = (): PropertyDecorator => all(Transform(list), IsArray());
const IsAddress = (protocols: string[], more: Parameters<typeof IsUrl>[0] = {}): PropertyDecorator =>
  IsUrl({ require_tld: false, require_protocol: true, protocols, ...more });

/** What is wrong with a setting of PEM; stands in its place, for the validation to tell. */
class InvalidPemError extends Error {}

/** A setting that may be left out: PEM, or the path of a file of it. */
const IsPem = (label: string): PropertyDecorator =>
  all(
    Transform(({ value }: { value: unknown }): unknown => {
      if (typeof value !== 'string' || value.trim() === '') return undefined;
      try {
        const pem = value.includes('-----BEGIN ') ? value : readFileSync(value.trim(), 'utf8');
        return pem.includes(`${label}-----`) ? pem : new InvalidPemError(`must hold a ${label} in PEM`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return new InvalidPemError(`must be PEM, or a file of it that can be read (${code})`);
      }
    }),
    IsOptional(),
    ValidateBy({
      name: 'isPem',
      validator: {
        validate: (value) => typeof value === 'string',
        defaultMessage: (failed) => (failed?.value as Error).message,
      },
    }),
  );

/** What is wrong with the address of Redis, if anything is. */
const problemOfRedisUrl = (value: unknown): string | undefined => {
  try {
    readRedisAddress(String(value));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRedisUrlError) return error.message;
    throw error;
  }
};

/** What is wrong stands in the place of the list, for the validation to tell. */
const oidcProviders = ({ value, obj }: { value: unknown; obj: { NODE_ENV?: string } }): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return readOidcProviders(value, obj.NODE_ENV !== 'production');
  } catch (error) {
    if (error instanceof InvalidOidcProvidersError) return error;
    throw error;
  }
};

/** True for what Fastify takes as a trusted proxy; a range of all addresses would let anyone forge theirs. */
const isProxy = (value: unknown): boolean => {
  if (typeof value !== 'string') return false;
  if (['loopback', 'linklocal', 'uniquelocal'].includes(value)) return true;
  const [address = '', prefix, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
};

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * Every setting of the process, validated once at start and injected wherever one is needed.
 *
 * Property names are those of the environment variables; times are in seconds. Secrets have no default: outside production
 * `developmentSecrets` writes them under `DATA_DIR`, in production a missing one stops the start.
 */
export class Environment {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @IsWhole(0, 65535)
  PORT = 3000;

  @IsString()
  @IsNotEmpty()
  HOST: string;

  @IsIn(['api', 'worker', 'all'])
  ROLE: Role = 'all';

  @IsAddress(['postgres', 'postgresql'])
  DATABASE_URL: string;

  /** One server, Sentinels or a cluster, with or without TLS: `readRedisAddress` names the forms. */
  @ValidateBy({
    name: 'isRedisUrl',
    validator: {
      validate: (value) => problemOfRedisUrl(value) === undefined,
      defaultMessage: (failed) => problemOfRedisUrl(failed?.value)!,
    },
  })
  REDIS_URL: string;

  /** What keys and channels begin with; several installations on one Redis each need their own. */
  @Matches(/^[A-Za-z0-9._-]{1,40}$/, { message: 'REDIS_PREFIX must be up to 40 of A-Z a-z 0-9 . _ -' })
  REDIS_PREFIX = DEFAULT_REDIS_PREFIX;

  /** Who signs the certificate of Redis, when it is no public authority. */
  @IsPem('CERTIFICATE')
  REDIS_TLS_CA?: string;

  /** The certificate that this process shows to Redis, together with its key. */
  @IsPem('CERTIFICATE')
  REDIS_TLS_CERT?: string;

  @IsPem('PRIVATE KEY')
  REDIS_TLS_KEY?: string;

  /** The name that the certificate of Redis is for, when it is another than that of the address. */
  @MayBeAbsent()
  @Matches(/^[A-Za-z0-9.-]+$/, { message: 'REDIS_TLS_SERVERNAME must be the name of a host' })
  REDIS_TLS_SERVERNAME?: string;

  @MayBeAbsent()
  @IsString()
  REDIS_SENTINEL_USERNAME?: string;

  /** Of the Sentinels themselves; user and password in REDIS_URL are for the servers behind them. */
  @MayBeAbsent()
  @IsString()
  REDIS_SENTINEL_PASSWORD?: string;

  /** `embedded` when REDIS_URL is the in-process development server, which lacks a few commands of the real one. */
  @IsIn(['embedded', 'server'])
  REDIS_FLAVOUR: 'embedded' | 'server' = 'server';

  /** PostgreSQL connections of one process. */
  @IsWhole(2, 200)
  DB_POOL = 10;

  @IsString()
  @IsNotEmpty()
  DATA_DIR = '.storehouse';

  @IsFlag()
  DEMO_CATALOGUE: boolean;

  /** Memory for serialized catalogue answers, in MiB; 0 turns that cache off. */
  @IsWhole(0, 4096)
  CATALOGUE_CACHE_MB = 32;

  @MayBeAbsent()
  @IsEmail()
  ADMIN_EMAIL?: string;

  @MayBeAbsent()
  @IsString()
  ADMIN_PASSWORD?: string;

  @IsAddress(['http', 'https'])
  PUBLIC_URL: string;

  /** Who wants to hear of weaknesses, for security.txt: an e-mail address, or an address on the web. */
  @MayBeAbsent()
  @Matches(/^([^\s@:]+@[^\s@:]+|(https:\/\/|mailto:|tel:)\S+)$/, {
    message: 'SECURITY_CONTACT must be an e-mail address, or begin with https:, mailto: or tel:',
  })
  SECURITY_CONTACT?: string;

  /** Where the shop's own pages are, when it has some: links in mail lead to `<STOREFRONT_URL>/account/…` and `/orders/<id>`. */
  @MayBeAbsent()
  @IsAddress(['http', 'https'], { allow_fragments: false, allow_query_components: false, disallow_auth: true })
  STOREFRONT_URL?: string;

  /** Language of mail to people of whom no other is known (BCP 47). */
  @IsLocale()
  DEFAULT_LOCALE = 'en';

  @IsList()
  @ArrayUnique()
  @Matches(/^https?:\/\/[^/\s*]+$/, {
    each: true,
    message: 'CORS_ORIGINS must list exact origins such as https://shop.example',
  })
  CORS_ORIGINS: string[] = [];

  /** Domain that passkeys are bound to (WebAuthn RP ID); the host of PUBLIC_URL by default. Changing it makes every passkey useless. */
  @MayBeAbsent()
  @Matches(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, {
    message: 'WEBAUTHN_RP_ID must be a domain in lower case, such as shop.example',
  })
  WEBAUTHN_RP_ID?: string;

  /** Where passkeys may be used: origins of pages and of apps; those of PUBLIC_URL, STOREFRONT_URL and CORS_ORIGINS by default. */
  @IsList()
  @ArrayUnique()
  @Matches(/^(https?:\/\/[^/\s*]+|android:apk-key-hash:[A-Za-z0-9_-]+)$/, {
    each: true,
    message: 'WEBAUTHN_ORIGINS must list exact origins such as https://shop.example or android:apk-key-hash:…',
  })
  WEBAUTHN_ORIGINS: string[] = [];

  /** Providers that people may sign in with, as JSON: `[{name, preset?, issuer?, clientId, clientSecret, scopes?, label?}]`. */
  @Transform(oidcProviders)
  @ValidateBy({
    name: 'isListOfProviders',
    validator: {
      validate: (value) => Array.isArray(value),
      defaultMessage: (failed) => (failed?.value as Error).message,
    },
  })
  OIDC_PROVIDERS: OidcProviderSetting[] = [];

  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For counts; none by default. */
  @IsList()
  @ValidateBy(
    {
      name: 'isProxy',
      validator: {
        validate: isProxy,
        defaultMessage: () => 'must list addresses, CIDR ranges, loopback, linklocal or uniquelocal, and not everyone',
      },
    },
    { each: true },
  )
  TRUST_PROXY: string[] = [];

  /** One or more EC P-256 private keys in PEM (PKCS #8); the first signs, all verify. */
  @IsString()
  @Matches(/-----BEGIN (EC )?PRIVATE KEY-----/, { message: 'JWT_PRIVATE_KEYS must hold at least one PEM private key' })
  JWT_PRIVATE_KEYS: string;

  /** 32 random bytes in base64 or hex: encrypts stored answers, authenticates cursors and order tokens. */
  @IsString()
  @Matches(/^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/, { message: 'SECRETS_KEY must be 32 bytes in base64 or hex' })
  SECRETS_KEY: string;

  @IsWhole(30, 3600)
  ACCESS_TOKEN_TTL = 900;

  @IsWhole(300, 31_536_000)
  REFRESH_TOKEN_TTL = 2_592_000;

  /** How long a session lives without being refreshed. */
  @IsWhole(60, 31_536_000)
  SESSION_IDLE_TTL = 1_209_600;

  @IsWhole(1, 604_800)
  RESERVATION_TTL = 1800;

  /** How long stock is held for an order that staff have written and sent to the customer. */
  @IsWhole(60, 7_776_000)
  DRAFT_TTL = 604_800;

  /** How long after the goods have arrived, or were sent, customers may ask to send them back. */
  @IsWhole(0, 315_360_000)
  RETURN_WINDOW = 2_592_000;

  /** Series that numbers the orders of the shop, such as `B2B-`; digits alone by default. It must exist: `npm run order-numbers`. */
  @MayBeAbsent()
  @Matches(/^[A-Z]([A-Z0-9-]{0,10}[A-Z-])?$/, {
    message: 'ORDER_NUMBER_PREFIX must be the prefix of a series, such as B2B-: see npm run order-numbers',
  })
  ORDER_NUMBER_PREFIX?: string;

  /** When an order gets its invoice: once it is confirmed, once the first of it is shipped, or when staff say so. */
  @IsIn(['confirmed', 'shipped', 'manual'])
  INVOICE_ON: 'confirmed' | 'shipped' | 'manual' = 'shipped';

  /** Who sells, as invoices say it; without a name none is issued. */
  @MayBeAbsent()
  @IsString()
  SELLER_NAME?: string;

  /** Street and town, separated by commas. */
  @IsList()
  SELLER_ADDRESS: string[] = [];

  @MayBeAbsent()
  @Matches(/^[A-Z]{2}$/, { message: 'SELLER_COUNTRY must be an ISO 3166-1 code such as DE' })
  SELLER_COUNTRY?: string;

  @MayBeAbsent()
  @Matches(/^[A-Z]{2}[A-Z0-9+*]{2,13}$/, {
    message: 'SELLER_VAT_ID must be a VAT id with its country, such as DE123456789',
  })
  SELLER_VAT_ID?: string;

  /** What begins the numbers of invoices; the year and a number without gaps follow. */
  @Matches(/^[A-Z][A-Z0-9-]{0,11}$/, { message: 'INVOICE_PREFIX must be up to 12 of A-Z, 0-9 and -, a letter first' })
  INVOICE_PREFIX = 'INV-';

  @Matches(/^[A-Z][A-Z0-9-]{0,11}$/, {
    message: 'CREDIT_NOTE_PREFIX must be up to 12 of A-Z, 0-9 and -, a letter first',
  })
  CREDIT_NOTE_PREFIX = 'CN-';

  /** How long a cart lives without being changed. */
  @IsWhole(60, 31_536_000)
  CART_TTL = 2_592_000;

  /** Whether an order of goods must say how it is shipped even while it has no address; one with an address must always. */
  @IsFlag()
  SHIPPING_MANDATORY = false;

  /** Whether a payment takes the money at once (`now`), or holds it until staff capture it (`later`). */
  @IsIn(['now', 'later'])
  PAYMENT_CAPTURE: 'now' | 'later' = 'now';

  /** What captures money that is held: staff (`manual`), or every shipment what its pieces come to (`shipping`). */
  @IsIn(['manual', 'shipping'])
  CAPTURE_ON: 'manual' | 'shipping' = 'manual';

  /** How long after shipping a parcel counts as delivered when nobody has said that it is; 0 for never. */
  @IsWhole(0, 31_536_000)
  DELIVERED_AFTER = 1_209_600;

  /** Lets shoppers pay by card through Stripe; together with STRIPE_WEBHOOK_SECRET. */
  @MayBeAbsent()
  @Matches(/^[rs]k_[A-Za-z0-9_]{8,250}$/, { message: 'STRIPE_SECRET_KEY must be a key such as sk_live_… or rk_live_…' })
  STRIPE_SECRET_KEY?: string;

  /** With what Stripe signs its webhooks to this shop. */
  @MayBeAbsent()
  @Matches(/^whsec_[A-Za-z0-9+/=_-]{8,250}$/, { message: 'STRIPE_WEBHOOK_SECRET must be a secret such as whsec_…' })
  STRIPE_WEBHOOK_SECRET?: string;

  /** Where Stripe is asked; another address is for tests and proxies. */
  @IsAddress(['http', 'https'], { allow_fragments: false, allow_query_components: false, disallow_auth: true })
  STRIPE_API_URL = 'https://api.stripe.com';

  /** How long events can be read. */
  @IsWhole(3_600, 31_536_000)
  EVENT_RETENTION = 2_592_000;

  @IsWhole(60, 2_592_000)
  IDEMPOTENCY_TTL = 86_400;

  /** How often the books are verified on their own; 0 for never. */
  @IsWhole(0, 604_800)
  VERIFY_INTERVAL = 3600;

  /** How long a process that is told to stop still serves while its readiness is red, so that load balancers look away first. */
  @IsWithin(0, 5)
  SHUTDOWN_DELAY: number;

  @IsWithin(0.001, 1_000_000)
  RATE_LIMIT_SCALE = 1;

  @IsFlag()
  WEBHOOK_ALLOW_PRIVATE = false;

  @MayBeAbsent()
  @IsAddress(['smtp', 'smtps'])
  SMTP_URL?: string;

  /** Sender of every mail. */
  @IsString()
  @IsNotEmpty()
  MAIL_FROM = 'Storehouse <no-reply@storehouse.local>';

  /** Brokers of Kafka, or of what speaks its protocol, that workers hand the log of events to: `host:port`, separated by commas. */
  @IsList()
  @Matches(/^[A-Za-z0-9.-]+:\d{1,5}$/, { each: true, message: 'KAFKA_BROKERS must list host:port' })
  KAFKA_BROKERS: string[] = [];

  @Matches(/^[A-Za-z0-9._-]{1,249}$/, { message: 'KAFKA_TOPIC must be up to 249 of A-Z a-z 0-9 . _ -' })
  KAFKA_TOPIC = 'storehouse.events';

  /** Whether the brokers are spoken to through TLS. */
  @IsFlag()
  KAFKA_TLS = false;

  /** PEM, or a file of it: who signs for the brokers, where that is no public authority. */
  @IsPem('CERTIFICATE')
  KAFKA_TLS_CA?: string;

  /** How to sign in at the brokers; together with KAFKA_USERNAME and KAFKA_PASSWORD. */
  @MayBeAbsent()
  @IsIn(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
  KAFKA_SASL_MECHANISM?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

  @MayBeAbsent()
  @IsString()
  KAFKA_USERNAME?: string;

  @MayBeAbsent()
  @IsString()
  KAFKA_PASSWORD?: string;

  /** Port of its own for GET /metrics, which then nothing else serves; the only way for a worker. 0 takes a free one. */
  @IsOptional()
  @IsWhole(0, 65535)
  METRICS_PORT?: number;

  /** What callers of GET /metrics must send as a bearer token. */
  @MayBeAbsent()
  @Matches(/^[A-Za-z0-9._~+/=-]{16,200}$/, {
    message: 'METRICS_TOKEN must have 16 to 200 of A-Z a-z 0-9 . _ ~ + / = -',
  })
  METRICS_TOKEN?: string;

  @IsIn(LOG_LEVELS)
  LOG_LEVEL = 'info';

  @IsIn(['json', 'pretty'])
  LOG_FORMAT: LogFormat;

  /** Whether mail really leaves. */
  get sendsMail(): boolean {
    return MAIL_SETTINGS.some((name) => this[name] !== undefined);
  }

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  get servesHttp(): boolean {
    return this.ROLE !== 'worker';
  }

  get runsJobs(): boolean {
    return this.ROLE !== 'api';
  }
}

/** Settings that each let mail leave; whoever sends mail in production needs one of them. */
const MAIL_SETTINGS: readonly (keyof Environment)[] = ['SMTP_URL'];

/** Both or neither: money whose webhooks cannot be believed would be found late. */
const STRIPE_SETTINGS: readonly (keyof Environment)[] = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'];

/** Both or neither: a name without a password, or the other way round, signs nobody in. */
const KAFKA_CREDENTIALS: readonly (keyof Environment)[] = ['KAFKA_USERNAME', 'KAFKA_PASSWORD'];

/** Both or neither: a certificate proves nothing without its key. */
const CERTIFICATE_SETTINGS: readonly (keyof Environment)[] = ['REDIS_TLS_CERT', 'REDIS_TLS_KEY'];

/** Raised at start with every setting that is missing or wrong, so that one run tells all. */
export class InvalidEnvironmentError extends Error {
  constructor(readonly problems: string[]) {
    super(
      `Storehouse cannot start; please correct these settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'InvalidEnvironmentError';
  }
}

/** Values of `.env.example`, which are public and therefore refused in production. */
const SAMPLE_MARK = /change-?me|example|sample|storehouse\.local/i;

/**
 * Reads and checks the settings. Blank values count as unset.
 *
 * @param source Usually `process.env`, with the addresses and secrets of development added outside production.
 * @throws InvalidEnvironmentError naming everything that is wrong.
 */
export function loadEnvironment(source: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const isProduction = given.NODE_ENV === 'production';
  const port = given.PORT ?? '3000';
  const defaults = {
    HOST: isProduction ? '0.0.0.0' : '127.0.0.1',
    DEMO_CATALOGUE: isProduction ? 'false' : 'true',
    LOG_FORMAT: isProduction ? 'json' : 'pretty',
    SHUTDOWN_DELAY: isProduction ? '3' : '0',
    ...(isProduction ? {} : { SELLER_NAME: 'Storehouse' }),
    // A port that the system or nobody chooses is not known yet.
    ...(isProduction ? {} : { PUBLIC_URL: Number(port) > 0 ? `http://localhost:${port}` : 'http://localhost' }),
  };
  const environment = plainToInstance(Environment, { ...defaults, ...given });
  // What is no setting is left out.
  const problems = validateSync(environment, { whitelist: true, stopAtFirstError: true }).map(
    ({ property, value, constraints }) =>
      value === undefined ? `${property} is missing` : `${property}: ${Object.values(constraints ?? {}).join(', ')}`,
  );
  if (environment.METRICS_PORT && environment.METRICS_PORT === environment.PORT)
    problems.push('METRICS_PORT must be another one than PORT');
  for (const pair of [STRIPE_SETTINGS, CERTIFICATE_SETTINGS, KAFKA_CREDENTIALS])
    for (const [name, other] of [pair, pair.toReversed()])
      if (environment[name!] === undefined && environment[other!] !== undefined)
        problems.push(`${name} is missing, which ${other} needs`);
  // Whoever names an authority believes to be encrypted.
  if (environment.REDIS_TLS_CA && /^redis[:+]/.test(environment.REDIS_URL))
    problems.push('REDIS_URL must begin with rediss, as REDIS_TLS_CA is set');
  if (environment.KAFKA_TLS_CA && !environment.KAFKA_TLS)
    problems.push('KAFKA_TLS must be true, as KAFKA_TLS_CA is set');
  if (environment.KAFKA_SASL_MECHANISM && environment.KAFKA_USERNAME === undefined)
    problems.push('KAFKA_USERNAME is missing, which KAFKA_SASL_MECHANISM needs');
  if (environment.KAFKA_BROKERS?.length > 0 && !('withResolvers' in Promise))
    problems.push('KAFKA_BROKERS: the client of Kafka needs Node 22.22 or newer');
  if (environment.INVOICE_PREFIX === environment.CREDIT_NOTE_PREFIX)
    problems.push('CREDIT_NOTE_PREFIX must be another one than INVOICE_PREFIX');
  if (isProduction) problems.push(...productionProblems(environment));
  if (problems.length > 0) throw new InvalidEnvironmentError(problems);
  return Object.freeze(environment);
}

function productionProblems(environment: Environment): string[] {
  const problems: string[] = [];
  if (environment.REDIS_FLAVOUR === 'embedded') problems.push('REDIS_URL: embedded servers are refused in production');
  for (const name of [
    'SECRETS_KEY',
    'ADMIN_EMAIL',
    'ADMIN_PASSWORD',
    'METRICS_TOKEN',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
    'REDIS_SENTINEL_PASSWORD',
    'KAFKA_PASSWORD',
  ] as const) {
    const value = environment[name];
    if (value !== undefined && (SAMPLE_MARK.test(value) || isRepetitive(value))) {
      problems.push(`${name} is a sample value; choose your own`);
    }
  }
  if (environment.JWT_PRIVATE_KEYS?.includes('SAMPLE'))
    problems.push('JWT_PRIVATE_KEYS is a sample value; choose your own');
  const providers = Array.isArray(environment.OIDC_PROVIDERS) ? environment.OIDC_PROVIDERS : [];
  for (const { name } of providers.filter(({ clientId, clientSecret }) => /change-?me/i.test(clientId + clientSecret)))
    problems.push(`OIDC_PROVIDERS: "${name}" has sample values; choose your own`);
  if (!environment.sendsMail && environment.ROLE !== 'api')
    problems.push(
      ...MAIL_SETTINGS.map((name, index) => `${name} is missing${index > 0 ? ', which would do instead' : ''}`),
    );
  return problems;
}

/** True for keys such as `0000…`, which have the right length and no secret in them. */
function isRepetitive(value: string): boolean {
  return value.length >= 8 && new Set(value.replace(/=+$/, '')).size < 4;
}
