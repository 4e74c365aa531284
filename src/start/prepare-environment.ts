import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Environment, InvalidEnvironmentError, loadEnvironment } from '../config/environment.js';
import { pendingMigrations } from '../database/schema.js';
import type { EmbeddedServers } from '../embedded/servers.js';
import { type AdminCredentials, developmentAdmin, developmentSecrets } from './development-secrets.js';
import { announceInstance, findRunningInstance, withdrawInstance } from './running-instance.js';

/** The settings of this process, and the servers it started to make them true. */
export interface PreparedEnvironment {
  readonly environment: Environment;

  /** The admin whose password was made here; absent when the settings name one, and in production. */
  readonly admin?: AdminCredentials;

  /** Which servers were started here. */
  readonly embedded: { readonly postgres: boolean; readonly redis: boolean };

  /** Writes `running.json`, by which other commands find this process and its servers. Does nothing in production. */
  announce(apiUrl?: string): Promise<void>;

  /** Stops what was started here, last of all. Calling it again returns the same promise. */
  stop(): Promise<void>;
}

/** How a command wants its environment. */
export interface PrepareOptions {
  /** Work beside an application that already runs on the data folder, on its servers. */
  readonly attach?: boolean;
}

/** What `REDIS_URL` and `DATABASE_URL` are checked as before their servers run. */
const NOT_YET = { DATABASE_URL: 'postgres://127.0.0.1/storehouse', REDIS_URL: 'redis://127.0.0.1' };

/**
 * Gets everything ready that the application needs around it.
 *
 * In production that is a check: nothing is started and nothing is made up. Elsewhere the data folder is claimed, PostgreSQL and Redis
 * are started when no address is given, and keys and an admin are made once. Settings also come from `.env`; the process's own win.
 *
 * @throws InvalidEnvironmentError naming every setting that is wrong and, in production, every migration that is missing.
 * @throws Error when another process uses the data folder, or a server does not start; the message says what to do.
 */
export async function prepareEnvironment(options: PrepareOptions = {}): Promise<PreparedEnvironment> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim()));
  if (given.NODE_ENV === 'production') return prepareProduction(given);
  return prepareDevelopment(given, options);
}

async function prepareProduction(given: NodeJS.ProcessEnv): Promise<PreparedEnvironment> {
  const problems: string[] = [];
  let environment: Environment | undefined;
  try {
    environment = loadEnvironment(given);
  } catch (error) {
    if (!(error instanceof InvalidEnvironmentError)) throw error;
    problems.push(...error.problems);
  }
  if (given.DATABASE_URL && !problems.some((problem) => problem.startsWith('DATABASE_URL'))) {
    problems.push(...(await schemaProblems(given.DATABASE_URL)));
  }
  if (!environment || problems.length > 0) throw new InvalidEnvironmentError(problems);
  return {
    environment,
    embedded: { postgres: false, redis: false },
    announce: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}

async function schemaProblems(url: string): Promise<string[]> {
  try {
    const pending = await pendingMigrations(url);
    if (pending.length === 0) return [];
    return [`the database is not migrated; run "node dist/start/migrate.js" first (pending: ${pending.join(', ')})`];
  } catch (error) {
    return [noAnswer(error)];
  }
}

function noAnswer(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: { message: string }[] };
  return `DATABASE_URL: the database does not answer (${message || errors?.[0]?.message || code || String(error)})`;
}

async function prepareDevelopment(given: NodeJS.ProcessEnv, options: PrepareOptions): Promise<PreparedEnvironment> {
  const dataDir = resolve(given.DATA_DIR ?? '.storehouse');
  const embedded = { postgres: !given.DATABASE_URL, redis: !given.REDIS_URL };
  const { prepareDataDir } = await import('../embedded/data-dir.js');
  await prepareDataDir(dataDir);
  const running = options.attach ? await findRunningInstance(dataDir) : undefined;
  const needsLock = (embedded.postgres || embedded.redis) && !running;

  const release = needsLock ? await claim(dataDir) : () => Promise.resolve();
  try {
    const admin = given.ADMIN_EMAIL && given.ADMIN_PASSWORD ? undefined : await developmentAdmin(dataDir);
    const settings = {
      ...(await developmentSecrets(dataDir)),
      ...(admin && { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password }),
      ...(running && embedded.redis && { REDIS_FLAVOUR: running.redisFlavour }),
      ...(needsLock && embedded.redis && { REDIS_FLAVOUR: 'embedded' }),
      ...(running && { DATABASE_URL: running.databaseUrl, REDIS_URL: running.redisUrl }),
      ...given,
    };
    // A wrong setting is told at once, not after the servers have started.
    loadEnvironment({ ...NOT_YET, ...settings });
    if (given.DATABASE_URL) {
      await pendingMigrations(given.DATABASE_URL).catch((error: unknown) => {
        throw new InvalidEnvironmentError([noAnswer(error)]);
      });
    }
    const servers = needsLock ? await startServers(dataDir, embedded) : undefined;
    const environment = loadEnvironment({
      DATABASE_URL: servers?.databaseUrl,
      REDIS_URL: servers?.redisUrl,
      ...settings,
    });
    const stop = async (): Promise<void> => {
      await withdrawInstance(dataDir);
      await servers?.stop();
      await release();
    };
    let stopped: Promise<void> | undefined;
    return {
      environment,
      admin: admin && {
        email: environment.ADMIN_EMAIL ?? admin.email,
        password: environment.ADMIN_PASSWORD ?? admin.password,
      },
      embedded: running ? { postgres: false, redis: false } : embedded,
      announce: (apiUrl) =>
        announceInstance(dataDir, {
          pid: process.pid,
          databaseUrl: environment.DATABASE_URL,
          redisUrl: environment.REDIS_URL,
          redisFlavour: environment.REDIS_FLAVOUR,
          apiUrl,
        }),
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Only this branch needs development dependencies, so production never loads them. */
async function claim(dataDir: string): Promise<() => Promise<void>> {
  const { acquireInstanceLock } = await import('../embedded/instance-lock.js');
  const lock = await acquireInstanceLock(dataDir);
  return () => lock.release();
}

async function startServers(dataDir: string, needed: PreparedEnvironment['embedded']): Promise<EmbeddedServers> {
  const { startEmbeddedServers } = await import('../embedded/servers.js');
  return startEmbeddedServers({
    dataDir,
    needPostgres: needed.postgres,
    needRedis: needed.redis,
    log: (line) => {
      if (line.includes('ended unexpectedly') || line.includes('PANIC')) process.stderr.write(`${line}\n`);
    },
  });
}
