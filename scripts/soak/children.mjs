// Processes that are killed with this one, however it ends: by an error, by Ctrl-C, or by the SIGTERM of whoever runs it.
import { spawn } from 'node:child_process';
import { endWithNpm } from '../end-with-npm.mjs';

const INTERRUPTED = 130;
const children = new Set();

/** Like `spawn`, for what must not be left running. */
export function spawnOwned(...args) {
  const child = spawn(...args);
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

// What they have started themselves ends with them, and so do the embedded servers of this process.
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(INTERRUPTED));
endWithNpm();
