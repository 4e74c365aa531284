import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import type { Server, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { type Logger, pino } from 'pino';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { type AppOptions, createApp } from '../../src/app.setup.js';
import { IdempotencyService } from '../../src/common/idempotency/idempotency.service.js';
import { RateLimiter } from '../../src/common/rate-limit/rate-limiter.js';
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

export type Settings = Partial<Record<keyof Environment, string>>;
type Options = AppOptions & { logger?: Logger };

/** On a busy machine, many callers at once take long. */
const PATIENCE_MS = 60_000;

let keys = 0;

/** The whole application, booted like the real one, without a port. */
export class TestApp {
  readonly database: TransactionRunner;
  private readonly server: Server;

  private constructor(readonly app: NestFastifyApplication) {
    this.database = app.get(TransactionRunner);
    this.server = app.getHttpServer();
  }

  /** An application that has just started, and ends with `close`. */
  static async start(overrides: Settings = {}, { logger, ...options }: Options = {}): Promise<TestApp> {
    const environment = testEnvironment(overrides);
    const app = await createApp(environment, logger ?? pino({ level: environment.LOG_LEVEL }), options);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return new TestApp(app).patiently(PATIENCE_MS);
  }

  /** Lets requests wait so long for one of a few connections, for the answer to their twin and for a counter in Redis. */
  patiently(ms: number): this {
    const { master } = this.app.get(DataSource).driver as PostgresDriver;
    (master as Pool).options.connectionTimeoutMillis = ms;
    this.app.get(IdempotencyService, { strict: false }).patienceMs = ms;
    this.app.get(RateLimiter, { strict: false }).patienceMs = ms;
    return this;
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
        ...(key === undefined ? {} : { 'idempotency-key': key === true ? `test-${++keys}` : key }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      ...(raw === undefined ? {} : { payload: raw }),
    });
  }

  /** Also holds the events of the file against their catalogue. */
  async close(): Promise<void> {
    const described = expectEventsAsDescribed(this.database);
    await described.catch(() => undefined);
    await this.app.close();
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
