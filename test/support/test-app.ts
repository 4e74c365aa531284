import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions, Response } from 'light-my-request';
import { type Logger, pino } from 'pino';
import { type AppOptions, createApp } from '../../src/app.setup.js';
import type { Environment } from '../../src/config/environment.js';
import { TransactionRunner } from '../../src/database/transaction-runner.js';
import { testEnvironment } from './test-environment.js';

/** A request to the app under test. */
export interface TestRequest {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** Adds a fresh `Idempotency-Key`, or the one given. */
  key?: true | string;
}

/** Files that share a Jest worker, and thus a database, load this anew; the clock tells their keys apart. */
const file = process.hrtime.bigint().toString(36);
let keys = 0;

/** The whole application, booted like the real one, without a port. */
export class TestApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TransactionRunner,
  ) {}

  static async start(
    overrides: Partial<Record<keyof Environment, string>> = {},
    options: AppOptions & { logger?: Logger } = {},
  ): Promise<TestApp> {
    const environment = testEnvironment(overrides);
    const { logger = pino({ level: environment.LOG_LEVEL }), ...appOptions } = options;
    const app = await createApp(environment, logger, appOptions);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return new TestApp(app, app.get(TransactionRunner));
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
    const { body, token, headers = {}, key } = request;
    return this.app.inject({
      method,
      url: path.startsWith('//') ? path.slice(1) : `/api/v1${path}`,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key === true ? `test-${file}-${++keys}` : key }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
