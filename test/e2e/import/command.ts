import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The built program; another build of it can be tested as well. */
export const DIST = resolve(process.env.TEST_DIST ?? 'dist');

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  /** The whole environment apart from PATH. */
  readonly env: Record<string, string | undefined>;
  /** Where its standard error matches this, the command kills itself, as nothing can be caught of: from outside it may be over by then. */
  readonly killAt?: RegExp;
}

/** Runs a command of `dist/cli` as npm does. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, killAt }: CommandOptions,
): Promise<CommandResult> {
  const preload = killAt ? [`--import=data:text/javascript,${encodeURIComponent(killingItselfAt(killAt))}`] : [];
  const child = spawn(process.execPath, [...preload, `${DIST}/cli/${command}.js`, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done) => child.once('close', (code, signal) => done({ code, signal, stdout, stderr })));
}

/** Runs in the command. */
function killingItselfAt(pattern: RegExp): string {
  return `
    const { stderr } = process;
    const write = stderr.write.bind(stderr);
    let text = '';
    stderr.write = (chunk, ...rest) => {
      const isTaken = write(chunk, ...rest);
      if (${pattern}.test((text += chunk))) process.kill(process.pid, 'SIGKILL');
      return isTaken;
    };`;
}
