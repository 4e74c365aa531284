import { type DynamicModule, type INestApplicationContext, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { createFastifyAdapter } from './common/http/fastify-adapter.js';
import { applyHttpSemantics } from './common/http/http-semantics.js';
import { useFormBodies } from './common/http/form-body.js';
import { useJsonBodies } from './common/http/json-body.js';
import { SocketDoors } from './common/http/socket-door.js';
import { securityHeaders } from './common/http/security-headers.js';
import { PublicAnswers } from './common/http/public-read.js';
import { createLogger, PinoLoggerService } from './common/logging/logger.js';
import type { Environment } from './config/environment.js';
import { serveDocs } from './docs/serve-docs.js';

/** Paths outside `/api/v1`. */
const UNPREFIXED = [
  '/',
  'health/live',
  'health/ready',
  'metrics',
  '.well-known/*path',
  'dev/mail',
  'dev/mail/*path',
  'dev/payments/*path',
  'account/*path',
  'admin/queues',
  'admin/queues/*path',
];

export interface AppOptions {
  /** The module tree; tests add modules of their own. */
  root?: DynamicModule;
  /** Build only the shape (routes, types), without connecting to anything; for writing `openapi.json`. */
  preview?: boolean;
}

/** Builds the HTTP application; used by `main.ts` and by every e2e test, so that both are the same. */
export async function createApp(
  environment: Environment,
  logger: Logger = createLogger(environment),
  { root = AppModule.register(environment), preview = false }: AppOptions = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(root, createFastifyAdapter(environment, logger), {
    logger: new PinoLoggerService(logger),
    bodyParser: false,
    abortOnError: false,
    preview,
  });
  const fastify = app.getHttpAdapter().getInstance();
  useJsonBodies(fastify);
  useFormBodies(fastify);
  app.useWebSocketAdapter(new SocketDoors(app, securityHeaders({ strictTransportSecurity: environment.isProduction })));
  const publicAnswers = preview ? undefined : app.get(PublicAnswers);
  publicAnswers?.standBefore(fastify);
  applyHttpSemantics(fastify, {
    strictTransportSecurity: environment.isProduction,
    corsOrigins: environment.CORS_ORIGINS,
    publicAnswers,
  });
  app.setGlobalPrefix('api', { exclude: UNPREFIXED });
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  serveDocs(app);
  return app;
}

/** Builds the application without HTTP, for the worker role and the command line. */
export async function createContext(
  environment: Environment,
  logger: Logger = createLogger(environment),
): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(AppModule.register(environment), {
    logger: new PinoLoggerService(logger),
    abortOnError: false,
  });
}
