// Starts the processes that are measured, each on a port of its own, and ends them.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What bounds the memory of the application wherever it is started. */
const HEAP_FLAGS = JSON.parse(readFileSync('package.json', 'utf8')).scripts.start.match(/--\S+/g);

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts `node script` and waits until `path` answers 200. @returns address, milliseconds until then, memory in MiB, processor time in seconds, and stop. */
export async function startNode(script, environment, path) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...(script.startsWith('dist/') ? HEAP_FLAGS : []), script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment, PORT: String(port), HOST: '127.0.0.1' },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  while (!(await answers(url + path))) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode} before it answered`);
    if (performance.now() - startedAt > 30_000) throw new Error(`${script} did not answer within 30 s`);
    await delay(5);
  }
  return {
    url,
    startMs: performance.now() - startedAt,
    residentMiB: () => residentMiB(child.pid),
    cpuSeconds: () => cpuSeconds(child.pid),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

export async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).status === 200;
  } catch {
    return false;
  }
}

/** Processor time that a process has used so far (proc(5)); a tick is a hundredth of a second on every Linux. */
async function cpuSeconds(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function residentMiB(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}
