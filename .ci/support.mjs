import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const children = [];

/** Starts a program in a process group of its own and keeps what it prints. */
export function start(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  const program = {
    child,
    stdout: '',
    stderr: '',
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
  };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => (program[stream] += text));
  children.push(program);
  return program;
}

/** Runs a program to its end. @throws Error with its output unless it ends with status 0. */
export async function run(command, args, options) {
  const program = start(command, args, options);
  const status = await program.exited;
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${program.stdout}${program.stderr}`);
  return program.stdout;
}

/** Polls until the condition holds. @throws Error with what the program printed when it ends or three minutes pass before. */
export async function until(what, program, condition) {
  for (const deadline = Date.now() + 180_000; ; await sleep(50)) {
    if (await condition()) return;
    if (program.child.exitCode !== null || Date.now() > deadline)
      throw new Error(`Not so: ${what}\n${program.stdout}${program.stderr}`);
  }
}

export function expect(what, isTrue) {
  if (!isTrue) throw new Error(`Not so: ${what}`);
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Ends with the script's own status, and takes along whatever it started. */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    for (const { child } of children) {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    }
  }
}
