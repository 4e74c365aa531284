import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { Secrets } from '../../../src/common/secrets.js';
import { RetentionProcessor } from '../../../src/jobs/retention.processor.js';
import { InvalidRecipientError, MailNotTakenError } from '../../../src/mail/mail.errors.js';
import { MailService } from '../../../src/mail/mail.service.js';
import { MailsRepository } from '../../../src/mail/mails.repository.js';
import { bodiesOf } from '../../support/mime.js';
import { FakeSmtpServer } from '../../support/fakes/smtp-server.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

const TOKEN = 'shm_dGhpcyBpcyB0aGUgdG9rZW4gb2YgdGhlIHRlc3Q';
const TO = { name: 'Ada Lovelace', address: 'ada.queue@example.com' };
const LIMIT_MS = 60_000;

interface MailRow {
  id: string;
  isSent: boolean;
  isSealed: boolean;
  recipientName: string | null;
}

describe('the mail queue', () => {
  let smtp: FakeSmtpServer;
  let child: ChildProcess | undefined;
  const workers: TestWorker[] = [];

  const start = async (options: Parameters<typeof TestWorker.start>[0] = {}): Promise<TestWorker> => {
    const worker = await TestWorker.start({
      ...options,
      environment: { SMTP_URL: smtp.url, ...options.environment },
    });
    workers.push(worker);
    return worker;
  };
  const mailOf = (worker: TestWorker): MailService => worker.module.get(MailService, { strict: false });
  const enqueue = (worker: TestWorker, to: string | typeof TO = TO, locale: string | null = null): Promise<void> =>
    worker.database.run(() =>
      mailOf(worker).enqueue({ template: 'reset-password', to, locale, data: { token: TOKEN, minutes: 30 } }),
    );
  const rowsOf = (worker: TestWorker): Promise<MailRow[]> =>
    worker.database.query(
      `SELECT id, sent_at IS NOT NULL AS "isSent", sealed_data IS NOT NULL AS "isSealed", recipient_name AS "recipientName"
       FROM mails ORDER BY id`,
    );
  const startProcess = async (): Promise<ChildProcess> => {
    const messages: unknown[] = [];
    child = fork('test/support/mail-worker-process.ts', {
      execArgv: ['--import', './scripts/typescript.mjs'],
      env: { ...process.env, WORKER_SMTP_URL: smtp.url },
    });
    child.on('message', (message) => messages.push(message));
    await eventually(() => messages.includes('ready'), 60_000);
    return child;
  };

  beforeEach(async () => {
    await emptyJobs();
    smtp = await FakeSmtpServer.start();
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await smtp.stop();
  });

  it('sends a mail that was committed, once, and forgets what it said', async () => {
    const worker = await start({ sendsMail: true });
    await enqueue(worker);
    await eventually(async () => (await worker.openJobs()) === 0 && smtp.accepted.length === 1, LIMIT_MS);
    const [sent] = smtp.accepted;
    expect(sent!.to).toEqual([TO.address]);
    expect(sent!.message).toMatch(/^To: Ada Lovelace <ada\.queue@example\.com>\r$/m);
    for (const body of Object.values(bodiesOf(sent!.message))) expect(body).toContain(TOKEN);
    const [row, ...others] = await rowsOf(worker);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ isSent: true, isSealed: false, recipientName: null });
    await mailOf(worker).sendQueued(row!.id);
    expect(smtp.arrivals).toBe(1);
  });

  it('sends nothing after a rollback', async () => {
    const worker = await start({ sendsMail: true });
    const failure = new Error('Something else went wrong');
    await expect(
      worker.database.run(async () => {
        await mailOf(worker).enqueue({ template: 'account-disabled', to: TO, data: {} });
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await rowsOf(worker)).toEqual([]);
    expect(await worker.database.query(`SELECT id FROM outbox_events`)).toEqual([]);
    // A later mail has been sent, so an earlier one would have been, too.
    await enqueue(worker, 'later@example.com');
    await eventually(() => smtp.arrivals > 0, LIMIT_MS);
    expect(smtp.accepted.map(({ to }) => to)).toEqual([['later@example.com']]);
  });

  it('refuses to enqueue outside a transaction', async () => {
    const worker = await start();
    await expect(mailOf(worker).enqueue({ template: 'account-enabled', to: TO, data: {} })).rejects.toThrow(
      /transaction/,
    );
    expect(await rowsOf(worker)).toEqual([]);
  });

  it('OP-1: holds no token and no address in events and jobs, and no readable token in the mail', async () => {
    const worker = await start();
    await enqueue(worker);
    // Waiting, or fetched by the connection of a worker that has been closed.
    await eventually(async () => {
      const { waiting, active } = await worker.queue('mail').getJobCounts();
      return waiting + active === 1;
    }, LIMIT_MS);
    const redis = new Redis(process.env.REDIS_URL!);
    const stored = await everythingIn(redis);
    await redis.quit();
    const [events] = await worker.database.query<{ text: string }>(
      `SELECT coalesce(string_agg(e::text, ' '), '') AS text FROM outbox_events AS e`,
    );
    const [{ id }] = (await rowsOf(worker)) as [MailRow];
    for (const text of [stored, events!.text]) {
      expect(text).toContain(id);
      for (const secret of [TOKEN, 'ada.queue', 'Lovelace', 'example.com']) expect(text).not.toContain(secret);
    }
    const [row] = await worker.database.query<{ text: string; sealedData: Buffer }>(
      `SELECT m::text || encode(sealed_data, 'escape') AS text, sealed_data AS "sealedData" FROM mails AS m`,
    );
    expect(row!.text).not.toContain(TOKEN);
    expect(row!.text).not.toContain(Buffer.from(TOKEN).toString('hex'));
    expect(JSON.parse(worker.module.get(Secrets, { strict: false }).decrypt('mail-data', row!.sealedData))).toEqual({
      token: TOKEN,
      minutes: 30,
    });
  });

  it('OP-1: keeps addresses and links that a mail server repeats out of the failure, which is logged and kept with the job', async () => {
    const said = `550 <${TO.address}>: blocked, see https://shop.example/account/x#token=${TOKEN}`;
    const failure = new MailNotTakenError('mail:1', new Error(said));
    expect(failure.message).toBe('The mail mail:1 was not taken: 550 <<address>>: blocked, see <link>');
    smtp.verdict = () => 'refuse';
    const lines: string[] = [];
    const log = (message: unknown): void => void lines.push(String(message));
    const worker = await start({
      sendsMail: true,
      logger: { log, error: log, warn: log, debug: log, verbose: log, fatal: log },
    });
    await enqueue(worker);
    await eventually(() => lines.some((line) => line.includes('was not taken')), LIMIT_MS);
    const redis = new Redis(process.env.REDIS_URL!);
    const stored = await everythingIn(redis);
    await redis.quit();
    expect(stored).toContain('was not taken');
    for (const text of [stored, lines.join('\n')])
      for (const secret of [TOKEN, 'ada.queue', 'Lovelace', 'example.com']) expect(text).not.toContain(secret);
  });

  it('sends one mail for ten jobs at once in two processes', async () => {
    const [one, two] = [await start(), await start()];
    await enqueue(one);
    const [{ id }] = (await rowsOf(one)) as [MailRow];
    await Promise.allSettled(Array.from({ length: 10 }, (_, index) => mailOf(index % 2 ? one : two).sendQueued(id)));
    await mailOf(one).sendQueued(id);
    expect(smtp.arrivals).toBe(1);
  });

  it('is sent by another worker when the one that was sending it is killed, and one mail leaves', async () => {
    smtp.manners = () => (smtp.connections === 1 ? 'hang' : 'accept');
    const victim = await startProcess();
    const producer = await start();
    await enqueue(producer);
    await eventually(() => smtp.connections === 1, LIMIT_MS);
    const exit = once(victim, 'exit');
    victim.kill('SIGKILL');
    await exit;
    expect(await rowsOf(producer)).toMatchObject([{ isSent: false, isSealed: true }]);
    const survivor = await start({ sendsMail: true });
    await eventually(async () => (await survivor.openJobs()) === 0, LIMIT_MS);
    expect(smtp.accepted).toHaveLength(1);
    expect(await rowsOf(survivor)).toMatchObject([{ isSent: true, isSealed: false }]);
  });

  it('keeps what it says while the mail server refuses it', async () => {
    smtp.verdict = (arrival) => (arrival === 1 ? 'refuse' : 'accept');
    const worker = await start();
    await enqueue(worker);
    const [{ id }] = (await rowsOf(worker)) as [MailRow];
    await expect(mailOf(worker).sendQueued(id)).rejects.toThrow(/451/);
    expect(await rowsOf(worker)).toMatchObject([{ isSent: false, isSealed: true, recipientName: TO.name }]);
    await mailOf(worker).sendQueued(id);
    expect(smtp.accepted).toHaveLength(1);
  });

  it('refuses an address that is none without telling the mail server or the log', async () => {
    const worker = await start();
    await enqueue(worker, 'eve@example.com\r\nBcc: all@example.com');
    const [{ id }] = (await rowsOf(worker)) as [MailRow];
    const failure = await mailOf(worker)
      .sendQueued(id)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidRecipientError);
    expect((failure as Error).message).not.toContain('example.com');
    expect(smtp.arrivals).toBe(0);
  });

  it('gives up after 48 hours: what it said is deleted, and the job ends without a mail', async () => {
    const worker = await start();
    await enqueue(worker, 'old@example.com');
    await worker.database.execute(`UPDATE mails SET created_at = now() - interval '49 hours'`);
    await enqueue(worker, 'young@example.com');
    await worker.module.get(RetentionProcessor).run();
    const rows = await rowsOf(worker);
    expect(rows.map(({ isSealed }) => isSealed)).toEqual([false, true]);
    for (const { id } of rows) await mailOf(worker).sendQueued(id);
    expect(smtp.accepted.map(({ to }) => to)).toEqual([['young@example.com']]);
  });

  it('forgets an address: what was sent stays noted without it, and what waits is not sent', async () => {
    const worker = await start();
    await enqueue(worker);
    const [{ id: sent }] = (await rowsOf(worker)) as [MailRow];
    await mailOf(worker).sendQueued(sent);
    await enqueue(worker);
    await enqueue(worker, 'other@example.com');
    await worker.database.run(() => mailOf(worker).forget(TO.address.toUpperCase()));
    const rows = await worker.database.query<{ recipient: string }>(
      `SELECT recipient, recipient_name IS NULL AS "isNameless" FROM mails ORDER BY id`,
    );
    expect(rows.map(({ recipient }) => recipient)).toEqual(['', '', 'other@example.com']);
    for (const { id } of await rowsOf(worker)) await mailOf(worker).sendQueued(id);
    expect(smtp.accepted.map(({ to }) => to)).toEqual([[TO.address], ['other@example.com']]);
  });

  it('does not keep the address to which the farewell could not be sent', async () => {
    const worker = await start();
    await worker.database.run(() => mailOf(worker).enqueue({ template: 'account-erased', to: TO, data: {} }));
    await worker.database.execute(`UPDATE mails SET created_at = now() - interval '49 hours'`);
    await worker.module.get(RetentionProcessor).run();
    expect(await worker.database.query(`SELECT recipient FROM mails`)).toEqual([{ recipient: '' }]);
  });

  it('does not keep the address to which the farewell went', async () => {
    const worker = await start();
    await worker.database.run(() => mailOf(worker).enqueue({ template: 'account-erased', to: TO, data: {} }));
    const [{ id }] = (await rowsOf(worker)) as [MailRow];
    await mailOf(worker).sendQueued(id);
    expect(smtp.accepted.map(({ to }) => to)).toEqual([[TO.address]]);
    expect(await worker.database.query(`SELECT recipient FROM mails`)).toEqual([{ recipient: '' }]);
  });

  it('finds the mails of an address by an index', async () => {
    const worker = await start();
    await worker.database.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, sent_at)
       SELECT gen_random_uuid(), 'plan:' || n, 'invite', 'plan-' || n || '@example.com', now() FROM generate_series(1, 5000) AS n`,
    );
    await worker.database.execute(`ANALYZE mails`);
    const plan = await worker.database.query<Record<string, string>>(
      `EXPLAIN ${MailsRepository.OF_ADDRESS.replace('$1', `'plan-7@example.com'`)}`,
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('mails_recipient_idx');
  });
});

/** Every key and value of a Redis database, as text. */
async function everythingIn(redis: Redis): Promise<string> {
  const parts: string[] = [];
  for (const key of await redis.keys('*')) {
    parts.push(key);
    const type = await redis.type(key);
    if (type === 'hash') parts.push(JSON.stringify(await redis.hgetall(key)));
    if (type === 'string') parts.push((await redis.get(key)) ?? '');
    if (type === 'list') parts.push(...(await redis.lrange(key, 0, -1)));
    if (type === 'set') parts.push(...(await redis.smembers(key)));
    if (type === 'zset') parts.push(...(await redis.zrange(key, 0, -1)));
    if (type === 'stream') parts.push(JSON.stringify(await redis.xrange(key, '-', '+')));
  }
  return parts.join('\n');
}
