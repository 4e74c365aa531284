import { inspect } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { type Environment, InvalidEnvironmentError } from '../config/environment.js';
import { migrate } from '../database/schema.js';
import { addressFor, banner } from './banner.js';
import { type PreparedEnvironment, prepareEnvironment } from './prepare-environment.js';
import { Shutdown } from './shutdown.js';

/** Starts the process in its role and keeps it running until a signal ends it; a start that fails ends it with status 1. */
export async function start(): Promise<void> {
  let logger: Logger | undefined;
  const warn = (message: string): void => (logger ? logger.warn(message) : void process.stderr.write(`${message}\n`));
  const shutdown = new Shutdown(warn);
  shutdown.listen();
  try {
    // The application's code loads while the servers start.
    const loading = Promise.all([import('../app.setup.js'), import('../common/logging/logger.js')]);
    loading.catch(() => undefined);
    const preparing = prepareEnvironment();
    await shutdown.add(async () => (await preparing.catch(() => undefined))?.stop());
    const prepared = await preparing.catch((error: unknown) => {
      throw new StartRefusedError(error);
    });
    if (shutdown.isStopping) return;
    const [setup, { createLogger }] = await loading;
    logger = createLogger(prepared.environment);
    exitOnUnhandledFailures(logger);
    const running = run(prepared, setup, logger, shutdown);
    // A signal that comes now waits until there is something whole to end, rather than taking the servers from under it.
    await shutdown.add(() => running.catch(() => undefined));
    await running;
  } catch (error) {
    if (shutdown.isStopping) return;
    process.stderr.write(`${explain(error)}\n`);
    await shutdown.stop();
    process.exit(1);
  }
}

async function run(
  prepared: PreparedEnvironment,
  { createApp, createContext }: typeof import('../app.setup.js'),
  logger: Logger,
  shutdown: Shutdown,
): Promise<void> {
  const { environment } = prepared;
  const migrated = environment.isProduction ? undefined : migrate(environment.DATABASE_URL);
  if (environment.servesHttp) {
    const [app] = await Promise.all([createApp(environment, logger), migrated]);
    await shutdown.add(() => close(app));
    if (shutdown.isStopping) return;
    await ensureAdmin(app);
    await app.listen(environment.PORT, environment.HOST);
    if (environment.DEMO_CATALOGUE) await loadDemoCatalogue(app, logger, shutdown);
    const { port } = app.getHttpServer().address() as { port: number };
    const apiUrl = addressFor(environment, port);
    if (shutdown.isStopping) return;
    await prepared.announce(apiUrl);
    if (!environment.isProduction) process.stdout.write(banner(prepared, apiUrl));
  } else {
    const [context] = await Promise.all([createContext(environment, logger), migrated]);
    await shutdown.add(() => context.close());
    if (shutdown.isStopping) return;
    await prepared.announce();
    logger.info('The worker waits for jobs');
  }
  warnOfRelaxedRules(environment, logger);
}

/** Ends the server; what is in flight is answered first. */
async function close(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  // A connection whose request is answered while the server closes would otherwise stay for its whole keep-alive time.
  const timer = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, 50);
  await app.close().finally(() => clearInterval(timer));
}

/** The shop is usable without it, so a failure is told and no more; the next start tries again. */
async function loadDemoCatalogue(app: INestApplicationContext, logger: Logger, shutdown: Shutdown): Promise<void> {
  const { ImportService } = await import('../products/import/import.service.js');
  await app
    .get(ImportService, { strict: false })
    .loadDemoCatalogue()
    .catch((error: unknown) => {
      if (!shutdown.isStopping) logger.error({ err: error }, 'The demo catalogue could not be loaded');
    });
}

async function ensureAdmin(app: INestApplicationContext): Promise<void> {
  const { AdminBootstrap, AdminBootstrapError } = await import('../auth/admin-bootstrap.service.js');
  await app
    .get(AdminBootstrap, { strict: false })
    .ensureAdmin()
    .catch((error: unknown) => {
      throw error instanceof AdminBootstrapError ? new StartRefusedError(error) : error;
    });
}

function exitOnUnhandledFailures(logger: Logger): void {
  const exit = (error: unknown): void => {
    logger.fatal({ err: error }, 'Nothing handled this failure; the process ends');
    logger.flush(() => process.exit(1));
    setTimeout(() => process.exit(1), 1_000);
  };
  process.on('unhandledRejection', exit);
  process.on('uncaughtException', exit);
}

function warnOfRelaxedRules({ RATE_LIMIT_SCALE, WEBHOOK_ALLOW_PRIVATE }: Environment, logger: Logger): void {
  if (RATE_LIMIT_SCALE !== 1) logger.warn(`RATE_LIMIT_SCALE multiplies every rate limit by ${RATE_LIMIT_SCALE}`);
  if (WEBHOOK_ALLOW_PRIVATE) logger.warn('WEBHOOK_ALLOW_PRIVATE lets webhooks reach private addresses');
}

/** A start that cannot succeed for a reason that the person who started it can mend; the message says it all. */
class StartRefusedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StartRefusedError';
  }
}

function explain(error: unknown): string {
  if (error instanceof StartRefusedError) {
    const isComplete = error.cause instanceof InvalidEnvironmentError;
    return isComplete ? error.message : `Storehouse cannot start: ${error.message}`;
  }
  const { code, syscall, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (syscall === 'listen') {
    const where = `port ${port} of ${address}`;
    if (code === 'EADDRINUSE')
      return `Storehouse cannot start: ${where} is in use. Stop the other program, or set another PORT.`;
    return `Storehouse cannot start: it may not listen on ${where} (${code}). Set another HOST or PORT.`;
  }
  return `Storehouse cannot start: ${inspect(error)}`;
}
