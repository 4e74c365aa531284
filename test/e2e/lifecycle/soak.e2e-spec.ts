import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from '../../support/test-worker.js';
import { descendantsOf, livingProcesses } from './storehouse-process.js';

jest.setTimeout(900_000);

/** Starts the script as `npm run soak` does. */
function start(...args: string[]): ChildProcess {
  const { PATH, HOME, TMPDIR } = process.env;
  return spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'scripts/soak.mjs', ...args], {
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the script to its end. @returns how it ended, with what it said. */
function soak(...args: string[]): Promise<{ status: number | null; output: string }> {
  const child = start(...args);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((done) => child.once('close', (status) => done({ status, output })));
}

describe('npm run soak, for a few seconds', () => {
  it('--faults: loses nothing and does nothing twice while the line to PostgreSQL loses messages and breaks', async () => {
    const { status, output } = await soak('--faults', '--minutes', '0.15', '--clients', '8');
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringMatching(/\d acknowledged orders, .* 0 failures/),
    });
  });

  it('--events: brings each event of a committed transaction, and none of another, through kills of workers, receiver and Redis', async () => {
    const { status, output } = await soak('--events', '300');
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.stringMatching(/3\d\d events committed[^]*\n0 failures/),
    });
  });

  it('leaves nothing running that it has started when it is told to end', async () => {
    const child = start('--events', '1000000');
    let started: number[] = [];
    // PostgreSQL with processes of its own, Redis, an API, two workers and a receiver.
    await eventually(async () => (started = await descendantsOf(child.pid!)).length >= 12, 300_000);
    const ended = new Promise((done) => child.once('close', done));
    child.kill('SIGTERM');
    expect(await ended).toBe(130);
    await eventually(async () => !(await livingProcesses()).some(({ pid }) => started.includes(pid)));
  });
});
