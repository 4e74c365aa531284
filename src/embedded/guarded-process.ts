import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import type { ServerAccount } from './data-dir.js';

/** A child process that cannot outlive this one. */
export interface GuardedProcess {
  readonly pid: number;

  /** Settles when the process has ended; signals count as 128 + number, as in a shell. */
  readonly exited: Promise<number>;

  kill(signal: NodeJS.Signals): void;
}

/** How to start a guarded process. */
export interface GuardedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly account?: ServerAccount;

  /** Receives each line of standard output and standard error. */
  readonly onLine: (line: string) => void;
}

/*
 * The shell becomes the server itself (exec), so the child's pid and exit code are the server's. The watcher it leaves
 * behind blocks on descriptor 3, whose other end only this process holds: the kernel closes that end however this
 * process dies. A line instead of the end of file means that the server has ended already and its pid may belong to
 * somebody else. The watcher is forked twice so that the server never sees a child it does not know.
 */
const GUARD_SCRIPT = `
server=$$
( (
  if ! IFS= read -r farewell <&3; then
    kill -INT "$server"
    for second in 1 2 3 4 5 6 7 8 9 10; do
      sleep 1
      kill -0 "$server" || exit 0
    done
    kill -QUIT "$server"
  fi
) >/dev/null 2>&1 & )
exec "$0" "$@" 3<&-
`;

/**
 * Starts a process in its own process group, so that Ctrl-C in the terminal reaches only this process, and interrupts
 * it (SIGINT, PostgreSQL's fast shutdown) when this process ends, even by SIGKILL.
 *
 * On Windows it is a plain child, because there is neither a shell nor a signal to rely on.
 *
 * @throws Error when the process cannot be started.
 */
export async function spawnGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const isWindows = process.platform === 'win32';
  const child = spawn(
    isWindows ? options.command : '/bin/sh',
    isWindows ? options.args : ['-c', GUARD_SCRIPT, options.command, ...options.args],
    {
      cwd: isWindows ? undefined : '/',
      env: options.env,
      detached: !isWindows,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', isWindows ? 'ignore' : 'pipe'],
      ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
    },
  );
  const [, stdout, stderr, guard] = child.stdio as unknown as [null, Readable, Readable, Duplex | null];
  // A broken pipe here only says that the watcher is gone, which is what writing to it is meant to achieve.
  guard?.on('error', () => undefined);
  forEachLine(stdout, options.onLine);
  forEachLine(stderr, options.onLine);

  const exited = new Promise<number>((resolve) => {
    child.once('exit', () => guard?.end('ended\n'));
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Error(`Could not start ${options.command}: ${(cause as Error).message}`, { cause });
  }
  return { pid: child.pid!, exited, kill: (signal) => void child.kill(signal) };
}

/** Whether a process has this id, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.trimEnd());
  });
  stream.on('end', () => {
    if (rest) onLine(rest);
  });
}
