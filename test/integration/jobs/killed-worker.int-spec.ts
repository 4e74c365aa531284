import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { MailService } from '../../../src/mail/mail.service.js';
import { buildMail } from '../../factories/mail.factory.js';
import { FakeSmtpServer } from '../../support/fakes/smtp-server.js';
import { resendUncertain } from '../../support/queued-mails.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

describe('a worker process', () => {
  let smtp: FakeSmtpServer;
  let survivor: TestWorker | undefined;
  let child: ChildProcess | undefined;
  let messages: unknown[];

  const startProcess = async (environment: Record<string, string> = {}): Promise<ChildProcess> => {
    messages = [];
    child = fork('test/support/worker-process.ts', {
      execArgv: ['--import', './scripts/typescript.mjs'],
      env: { ...process.env, WORKER_SMTP_URL: smtp.url, ...environment },
    });
    child.on('message', (message) => messages.push(message));
    await eventually(() => messages.includes('ready'), 60_000);
    return child;
  };
  const startSurvivor = async (): Promise<TestWorker> => {
    survivor = await TestWorker.start({
      sendsMail: true,
      environment: { SMTP_URL: smtp.url },
      work: ({ aggregateId }, module) =>
        module.get(MailService, { strict: false }).send(buildMail({ dedupeKey: aggregateId })),
    });
    return survivor;
  };
  const kill = async (victim: ChildProcess): Promise<void> => {
    const exit = once(victim, 'exit');
    victim.kill('SIGKILL');
    await exit;
  };

  beforeEach(async () => {
    await emptyJobs();
    smtp = await FakeSmtpServer.start();
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await survivor?.close();
    survivor = undefined;
    await smtp.stop();
  });

  it('killed in the middle of a job: another worker completes it, and one mail leaves', async () => {
    const victim = await startProcess({ WORKER_HANGS: 'true' });
    const producer = await TestWorker.start();
    await producer.confirmOrder();
    await producer.close();
    await eventually(() => messages.includes('working'));
    const other = await startSurvivor();
    expect(await other.openJobs()).toBe(1);
    await kill(victim);
    await eventually(async () => (await other.openJobs()) === 0, 60_000);
    expect(smtp.accepted).toHaveLength(1);
    expect(smtp.arrivals).toBe(1);
  });

  it('killed while the mail server has its message but has not taken it: another worker sends it, and one mail leaves', async () => {
    smtp.verdict = (arrival) => (arrival === 1 ? 'hang' : 'accept');
    const victim = await startProcess();
    const producer = await TestWorker.start();
    await producer.confirmOrder();
    await producer.close();
    await eventually(() => smtp.arrivals === 1);
    await kill(victim);
    const other = await startSurvivor();
    await eventually(async () => (await other.openJobs()) === 0, 60_000);
    // Nobody can know that the server has dropped it, so that somebody must ask for it.
    expect(smtp.arrivals).toBe(1);
    await resendUncertain(other);
    await eventually(() => smtp.accepted.length > 0, 60_000);
    await eventually(async () => (await other.openJobs()) === 0, 60_000);
    expect(smtp.accepted).toHaveLength(1);
    expect(smtp.arrivals).toBe(2);
  });

  it('that closes ends by itself: nothing keeps it alive', async () => {
    const worker = await startProcess();
    const exit = once(worker, 'exit');
    worker.send('close');
    expect(await exit).toEqual([0, null]);
  });
});
