import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config/environment.js';
import { isAlive } from '../embedded/guarded-process.js';
import { readJson, replaceJson } from './secret-file.js';

/** What other commands need to work beside a running application; it holds passwords of the embedded servers. */
export interface RunningInstance {
  readonly pid: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redisFlavour: Environment['REDIS_FLAVOUR'];
  /** Where the API answers; absent for a worker. */
  readonly apiUrl?: string;
}

/** Finds the application that runs on a data folder; what a killed one left behind does not count. */
export async function findRunningInstance(dataDir: string): Promise<RunningInstance | undefined> {
  const instance = await readJson<RunningInstance>(fileIn(dataDir));
  return instance && isAlive(instance.pid) ? instance : undefined;
}

/** Tells other commands about this process. */
export async function announceInstance(dataDir: string, instance: RunningInstance): Promise<void> {
  await replaceJson(fileIn(dataDir), instance);
}

/** Takes back what this process announced, and nothing that another one did. */
export async function withdrawInstance(dataDir: string): Promise<void> {
  const instance = await readJson<RunningInstance>(fileIn(dataDir)).catch(() => undefined);
  if (instance?.pid === process.pid) await rm(fileIn(dataDir), { force: true });
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'running.json');
}
