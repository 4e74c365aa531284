import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import type { Server, ServerResponse } from 'node:http';
import { type Logger, pino } from 'pino';
import { type AppOptions, createApp } from '../../src/app.setup.js';
import type { Environment } from '../../src/config/environment.js';
import { TransactionRunner } from '../../src/database/transaction-runner.js';
import { testEnvironment } from './test-environment.js';
import { expectEventsAsDescribed } from './told-events.js';

/** A request to the app under test. */
export interface TestRequest {
  body?: unknown;
  /** The body as it is sent, instead of one that is made JSON. */
  raw?: string;
  token?: string;
  headers?: Record<string, string>;
  /** Adds a fresh `Idempotency-Key`, or the one given. */
  key?: true | string;
}

type Settings = Partial<Record<keyof Environment, string>>;
type Options = AppOptions & { logger?: Logger };

/** Files that share a Jest worker, and thus a database, load this anew; the clock tells their keys apart. */
const file = process.hrtime.bigint().toString(36);
let keys = 0;

/** What would change what things cost in the files that share the database and come after: taxes, promotions and ways to ship. */
const FORGOTTEN_RULES = [
  `DELETE FROM tax_rates`,
  `UPDATE tax_settings SET prices_include_tax = DEFAULT, except_currencies = DEFAULT, default_country = NULL, default_region = NULL, time_zone = DEFAULT`,
  `UPDATE promotions SET status = 'archived' WHERE status <> 'archived'`,
  `UPDATE shipping_methods SET status = 'archived' WHERE status <> 'archived'`,
];

/** Applications of this Jest worker that no test file uses now. */
const idle = ((globalThis as { idleApps?: NestFastifyApplication[] }).idleApps ??= []);

/** The whole application, booted like the real one, without a port. */
export class TestApp {
  readonly database: TransactionRunner;
  private readonly server: Server;

  private constructor(
    readonly app: NestFastifyApplication,
    private readonly isShared: boolean,
  ) {
    this.database = app.get(TransactionRunner);
    this.server = app.getHttpServer();
  }

  /**
   * An application for the time until `close`. With settings or modules of its own it is started and stopped; without, it is one that the
   * test files of a Jest worker hand on to each other, and that knows what earlier files did.
   */
  static async start(overrides?: Settings, options?: Options): Promise<TestApp> {
    if (overrides || options) return TestApp.startOwn(overrides, options);
    return new TestApp(idle.pop() ?? (await boot({}, {})), true);
  }

  /** An application that has just started, and ends with `close`; for tests that listen on a port, or are about caches and starts. */
  static async startOwn(overrides: Settings = {}, options: Options = {}): Promise<TestApp> {
    return new TestApp(await boot(overrides, options), false);
  }

  get = (path: string, request: TestRequest = {}): Promise<Response> => this.send('GET', path, request);
  post = (path: string, body?: unknown, request: TestRequest = {}): Promise<Response> =>
    this.send('POST', path, { body, ...request });
  patch = (path: string, body?: unknown, request: TestRequest = {}): Promise<Response> =>
    this.send('PATCH', path, { body, ...request });
  put = (path: string, body?: unknown, request: TestRequest = {}): Promise<Response> =>
    this.send('PUT', path, { body, ...request });
  delete = (path: string, request: TestRequest = {}): Promise<Response> => this.send('DELETE', path, request);

  /** Sends a request; paths are below `/api/v1` unless they start with `//`, which stands for the root. */
  async send(method: InjectOptions['method'], path: string, request: TestRequest = {}): Promise<Response> {
    const { body, raw, token, headers = {}, key } = request;
    // To the server, and not to Fastify: kept answers are given before it.
    return inject((request, response) => void this.server.emit('request', request, endingStreams(response)), {
      method,
      url: path.startsWith('//') ? path.slice(1) : `/api/v1${path}`,
      headers: {
        ...(body === undefined && raw === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key === true ? `test-${file}-${++keys}` : key }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      ...(raw === undefined ? {} : { payload: raw }),
    });
  }

  /**
   * Takes back the signing keys that a test has made. Every application of the worker may have seen them meanwhile, so none that is idle is
   * handed on; the one of the test must be its own.
   */
  async forgetSigningKeys(): Promise<void> {
    await this.database.execute(`DELETE FROM signing_keys`);
    await Promise.all(idle.splice(0).map((app) => app.close()));
  }

  /** Also holds the events of the file against their catalogue. */
  async close(): Promise<void> {
    for (const sql of FORGOTTEN_RULES) await this.database.execute(sql);
    const described = expectEventsAsDescribed(this.database);
    await described.catch(() => undefined);
    // One that listens would refuse to be told so again.
    if (this.isShared && !(this.app.getHttpServer() as { listening: boolean }).listening) idle.push(this.app);
    else await this.app.close();
    await described;
  }
}

/** A stream of events does not end by itself: what is answered is its beginning. */
function endingStreams(response: ServerResponse): ServerResponse {
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (...head: unknown[]) => {
    if (response.getHeader('content-type') === 'text/event-stream') setImmediate(() => response.end());
    return writeHead(...head);
  };
  return response;
}

async function boot(overrides: Settings, { logger, ...options }: Options): Promise<NestFastifyApplication> {
  const environment = testEnvironment(overrides);
  const app = await createApp(environment, logger ?? pino({ level: environment.LOG_LEVEL }), options);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
