import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireInstanceLock } from '../../../src/embedded/instance-lock.js';
import { startParent } from './parent-process.js';
import type { ParentProcess } from './parent-process.js';

const LOCK_AND_WAIT = `
  import { acquireInstanceLock } from 'embedded:instance-lock';
  await acquireInstanceLock(process.argv[1]);
  console.log('locked');
  setInterval(() => undefined, 1000);
`;

describe('instance lock', () => {
  let dataDir: string;
  let parent: ParentProcess | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'storehouse-lock-'));
  });

  afterEach(async () => {
    await parent?.kill('SIGKILL');
    parent = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  it('refuses a second start in the folder, naming folder and pid, until the first has ended', async () => {
    const lock = await acquireInstanceLock(dataDir);
    const refusal = `Storehouse already runs in ${dataDir} (pid ${process.pid})`;
    await expect(acquireInstanceLock(dataDir)).rejects.toThrow(refusal);
    await lock.release();
    await (await acquireInstanceLock(dataDir)).release();
  });

  it('lets exactly one of ten simultaneous starts in, also over the lock of a killed process', async () => {
    for (let round = 0; round < 3; round++) {
      parent = startParent(LOCK_AND_WAIT, dataDir);
      await parent.nextLine();
      await parent.kill('SIGKILL');
      const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => acquireInstanceLock(dataDir)));
      const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? attempt.value : []));
      expect(winners).toHaveLength(1);
      await winners[0]!.release();
    }
  });

  it('sees the lock of another process and takes it over when that process is killed', async () => {
    parent = startParent(LOCK_AND_WAIT, dataDir);
    await parent.nextLine();
    await expect(acquireInstanceLock(dataDir)).rejects.toThrow(`(pid ${parent.pid})`);
    await parent.kill('SIGKILL');
    await (await acquireInstanceLock(dataDir)).release();
  });

  it('respects a holder that is stopped and cannot answer', async () => {
    parent = startParent(LOCK_AND_WAIT, dataDir);
    await parent.nextLine();
    process.kill(parent.pid, 'SIGSTOP');
    await expect(acquireInstanceLock(dataDir)).rejects.toThrow(`(pid ${parent.pid})`);
  });

  it('is not blocked by a reused pid, a reused port or half-written files of a killed process', async () => {
    const stranger = createServer((socket) => socket.end('220 mail.example.org\r\n'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    try {
      await writeFile(
        join(dataDir, 'instance.3.lock'),
        JSON.stringify({ pid: process.pid, port, token: 'a'.repeat(32) }),
      );
      await (await acquireInstanceLock(dataDir)).release();
      await writeFile(join(dataDir, 'instance.9.lock'), '{"pid":');
      await (await acquireInstanceLock(dataDir)).release();
    } finally {
      stranger.close();
    }
    expect(await readdir(dataDir)).toEqual(['instance.10.lock']);
  });
});
