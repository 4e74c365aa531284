import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** A separate Node process that a test may kill. */
export interface ParentProcess {
  readonly child: ChildProcess;
  readonly pid: number;

  /** The next line that the script printed. */
  nextLine(): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Runs an ES module script in its own process.
 *
 * @param source Imports from `src/embedded/` by file name, as in `from 'embedded:postgres'`.
 */
export function startParent(source: string, ...args: string[]): ParentProcess {
  const script = source.replace(
    /'embedded:([\w-]+)'/g,
    (_match, name: string) => `'${pathToFileURL(resolve('src/embedded', `${name}.ts`)).href}'`,
  );
  const child = spawn(
    process.execPath,
    ['--import', './scripts/typescript.mjs', '--input-type=module', '-e', script, ...args],
    // A process group of its own stands for the terminal's: what Ctrl-C sends reaches all of it.
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' }, detached: true },
  );
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    pid: child.pid!,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('The script ended without the expected output.');
      return value;
    },
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}

/** Polls until the condition holds; fails after a minute. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(10)) {
    if (await condition()) return;
  }
  throw new Error(`Not within a minute: ${what}`);
}

/** The pid in a cluster's postmaster.pid. */
export async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(resolve(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

/** Whether a process runs; one that has ended but was not reaped by its parent does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(status);
}
