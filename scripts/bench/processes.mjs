// What a process of the application costs before anybody asks it for anything: memory at rest, and the time to the first answer.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './load.mjs';
import { answers, freePort, startNode } from './servers.mjs';

const STARTS = 5;
const REST_MS = 5_000;

/**
 * Starts the built application on a migrated database, again and again.
 *
 * @returns medians of the milliseconds to the first 200 and of the MiB that are resident some seconds later.
 */
export async function startsOfTheApi(environment) {
  const [times, memory] = [[], []];
  for (let start = 0; start <= STARTS; start++) {
    const api = await startNode('dist/main.js', environment, '/health/ready');
    await delay(REST_MS);
    // The first one compiles what the later ones find compiled.
    if (start > 0) {
      times.push(api.startMs);
      memory.push(await api.residentMiB());
    }
    await api.stop();
  }
  return { startMs: median(times), restMiB: median(memory) };
}

/** Starts a fresh clone after its install, with servers of its own. @returns milliseconds to the first 200. */
export async function firstStart() {
  const folder = await mkdtemp(join(tmpdir(), 'storehouse-clone-'));
  const port = await freePort();
  // PostgreSQL runs as another user when this is root.
  await chmod(folder, 0o755);
  try {
    cloneTo(folder);
    const env = { ...process.env, NODE_ENV: '', DATABASE_URL: '', REDIS_URL: '', DATA_DIR: '', PORT: String(port) };
    const begin = performance.now();
    const npm = spawn('npm', ['start'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
    const exited = new Promise((done) => npm.once('exit', done));
    while (!(await answers(`http://127.0.0.1:${port}/health/ready`))) {
      if (npm.exitCode !== null) throw new Error('npm start of a fresh clone ended before it answered');
      await delay(5);
    }
    const milliseconds = performance.now() - begin;
    process.kill(-npm.pid, 'SIGINT');
    await exited;
    return milliseconds;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies what is tracked, as it is now, and the installed packages: hard links where the disk is the same one. */
export function cloneTo(folder) {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(file, join(folder, file));
  }
  try {
    execFileSync('cp', ['-al', 'node_modules', join(folder, 'node_modules')], { stdio: 'ignore' });
  } catch {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  }
}
