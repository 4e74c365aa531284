import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../../src/common/ids.js';
import { MailInProgressError, MailNotTakenError } from '../../../src/mail/mail.errors.js';
import { MailService } from '../../../src/mail/mail.service.js';
import { MailsRepository } from '../../../src/mail/mails.repository.js';
import { RetentionProcessor } from '../../../src/jobs/retention.processor.js';
import { buildMail } from '../../factories/mail.factory.js';
import type { MailDeath } from '../../support/dying-mails.js';
import { FakeSmtpServer } from '../../support/fakes/smtp-server.js';
import { readMessage } from '../../support/mime.js';
import { resendUncertain } from '../../support/queued-mails.js';
import { listStatements } from '../../support/statement-counter.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

const LIMIT_MS = 60_000;

describe('a mail leaves at most once', () => {
  let smtp: FakeSmtpServer;
  let child: ChildProcess | undefined;
  let lines: string[];
  const workers: TestWorker[] = [];

  const log = (message: unknown): void => void lines.push(String(message));
  const logger = { log, error: log, warn: log, debug: log, verbose: log, fatal: log };
  const start = async (options: Parameters<typeof TestWorker.start>[0] = {}): Promise<TestWorker> => {
    const worker = await TestWorker.start({
      logger,
      ...options,
      environment: { SMTP_URL: smtp.url, ...options.environment },
    });
    workers.push(worker);
    return worker;
  };
  const mailOf = (worker: TestWorker): MailService => worker.module.get(MailService, { strict: false });
  const statusOf = async (worker: TestWorker): Promise<string[]> => {
    const { data } = await worker.module.get(MailsRepository, { strict: false }).findPage({ limit: 100 });
    return data.map(({ status }) => status);
  };
  const uncertain = (worker: TestWorker) => worker.module.get(MailsRepository, { strict: false }).countUncertain();
  const hasSaidSo = () => lines.filter((line) => line.includes('may have been sent or not')).length;
  const sends = {
    'an event’s job': {
      file: 'worker-process',
      ask: (worker: TestWorker) => worker.confirmOrder(),
      options: {
        sendsMail: true,
        work: ({ aggregateId }, module) =>
          module.get(MailService, { strict: false }).send(buildMail({ dedupeKey: aggregateId })),
      },
    },
    'its own job': {
      file: 'mail-worker-process',
      ask: (worker: TestWorker) =>
        worker.database.run(() =>
          mailOf(worker).enqueue({ template: 'account-disabled', to: 'ada@example.com', data: {} }),
        ),
      options: { sendsMail: true },
    },
  } satisfies Record<
    string,
    { file: string; ask: (worker: TestWorker) => Promise<unknown>; options: Parameters<typeof TestWorker.start>[0] }
  >;

  beforeEach(async () => {
    lines = [];
    await emptyJobs();
    smtp = await FakeSmtpServer.start();
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await smtp.stop();
  });

  describe.each(Object.entries(sends))('sent by %s', (_, { file, ask, options }) => {
    it.each<[MailDeath, { taken: number; isUncertain: boolean }]>([
      ['before the note', { taken: 1, isUncertain: false }],
      ['behind the note', { taken: 0, isUncertain: true }],
      ['behind the answer', { taken: 1, isUncertain: true }],
    ])('by a worker that dies %s, with two others there', async (death, { taken, isUncertain }) => {
      child = fork(`test/support/${file}.ts`, {
        execArgv: ['--import', './scripts/typescript.mjs'],
        env: { ...process.env, WORKER_SMTP_URL: smtp.url, WORKER_DIES: death },
      });
      const exit = once(child, 'exit');
      await once(child, 'message');
      const producer = await start({ isApi: true });
      await ask(producer);
      await exit;
      const [one] = [await start(options), await start(options)];
      await eventually(async () => (await one.openJobs()) === 0, LIMIT_MS);
      expect(smtp.accepted).toHaveLength(taken);
      expect(await statusOf(one)).toEqual([isUncertain ? 'uncertain' : 'sent']);
      expect(await uncertain(one)).toBe(isUncertain ? 1 : 0);
      expect(hasSaidSo()).toBe(isUncertain ? 1 : 0);
      if (!isUncertain) return;
      expect(await resendUncertain(one)).toBe(1);
      await eventually(async () => (await statusOf(one))[0] === 'sent', LIMIT_MS);
      await eventually(async () => (await one.openJobs()) === 0, LIMIT_MS);
      expect(smtp.accepted).toHaveLength(taken + 1);
      const messages = smtp.accepted.map(({ message }) => readMessage(message));
      for (const message of messages) expect(message).toEqual(messages[0]);
    });
  });

  it.each(['break', 'hang'] as const)(
    'is uncertain when the server gets it whole and the connection does %s',
    async (verdict) => {
      smtp.verdict = () => verdict;
      const worker = await start();
      const mail = buildMail();
      const sending = mailOf(worker).send(mail);
      await eventually(() => smtp.arrivals === 1);
      if (verdict === 'hang') await smtp.stop();
      await sending;
      expect(hasSaidSo()).toBe(1);
      expect(lines.join()).not.toContain(mail.to);
      if (verdict === 'hang') smtp = await FakeSmtpServer.start();
      await mailOf(worker).send(mail);
      expect(await statusOf(worker)).toEqual(['uncertain']);
      expect(smtp.accepted).toEqual([]);
      expect(smtp.connections).toBe(verdict === 'hang' ? 0 : 1);
    },
  );

  it.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])(
    'is sent later when %s is refused or cut: the server does not have it',
    async (command) => {
      smtp.manners = (given) =>
        given === command && smtp.connections < 3 ? (['refuse', 'break'] as const)[smtp.connections - 1]! : 'accept';
      const worker = await start({ environment: { SMTP_URL: `${smtp.url}/?ignoreTLS=true` } });
      const mail = buildMail();
      for (let attempt = 1; attempt <= 2; attempt++) {
        await mailOf(worker)
          .send(mail)
          .catch((error: unknown) => expect(error).toBeInstanceOf(MailNotTakenError));
        if (smtp.accepted.length === 0) expect(await statusOf(worker)).toEqual(['unsent']);
      }
      await mailOf(worker).send(mail);
      expect(smtp.accepted).toHaveLength(1);
      expect(await statusOf(worker)).toEqual(['sent']);
      expect(hasSaidSo()).toBe(0);
    },
  );

  it('over a connection that is kept open, too', async () => {
    const worker = await start({ environment: { SMTP_URL: `${smtp.url}/?pool=true&maxConnections=1` } });
    smtp.verdict = (arrival) => (arrival === 2 ? 'break' : 'accept');
    for (const dedupeKey of ['first', 'second', 'second', 'third']) await mailOf(worker).send(buildMail({ dedupeKey }));
    expect(smtp.accepted).toHaveLength(2);
    expect(smtp.arrivals).toBe(3);
    expect((await statusOf(worker)).sort()).toEqual(['sent', 'sent', 'uncertain']);
  });

  it('does not leave once the lease of a process that stood still has passed, nor once its recipient is forgotten', async () => {
    const worker = await start({ mailLeaseSeconds: 1 });
    for (const what of ['passes', 'is forgotten']) {
      const mail = buildMail();
      let go: () => void = () => undefined;
      const paused = new Promise<void>((resolve) => (go = resolve));
      const repository = worker.module.get(MailsRepository, { strict: false });
      const { noteHandOver } = repository;
      repository.noteHandOver = async (...args) => {
        await paused;
        return noteHandOver.apply(repository, args);
      };
      const outcome = mailOf(worker)
        .send(mail)
        .catch((error: unknown) => error);
      await eventually(async () => (await statusOf(worker)).length === 1);
      if (what === 'passes') await delay(1_100);
      else await repository.forget(mail.to as string);
      go();
      expect(await outcome).toBeInstanceOf(MailNotTakenError);
      repository.noteHandOver = noteHandOver;
      expect(await statusOf(worker)).toEqual(['unsent']);
      await worker.database.execute('TRUNCATE mails');
    }
    expect(smtp.accepted).toEqual([]);
  });

  it('is not sent when it cannot be noted that it leaves, and is sent later', async () => {
    const worker = await start();
    const mail = buildMail();
    const repository = worker.module.get(MailsRepository, { strict: false });
    const { noteHandOver } = repository;
    repository.noteHandOver = () => Promise.reject(new Error('The database is away'));
    await expect(mailOf(worker).send(mail)).rejects.toThrow(/away/);
    repository.noteHandOver = noteHandOver;
    expect(smtp.arrivals).toBe(0);
    await mailOf(worker).send(mail);
    expect(smtp.accepted).toHaveLength(1);
  });

  it('is sent when the database is away for the note that it has been taken', async () => {
    const worker = await start();
    const repository = worker.module.get(MailsRepository, { strict: false });
    const { markSent } = repository;
    let failures = 0;
    repository.markSent = (claim) =>
      failures++ === 0 ? Promise.reject(new Error('The database is away')) : markSent.call(repository, claim);
    await mailOf(worker).send(buildMail());
    expect(await statusOf(worker)).toEqual(['sent']);
    expect(smtp.accepted).toHaveLength(1);
  });

  it('is sent again by one of twenty who ask for that at once, and not while it is under way', async () => {
    smtp.verdict = (arrival) => (arrival === 1 ? 'break' : 'accept');
    const worker = await start({ sendsMail: true });
    await mailOf(worker).send(buildMail());
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => resendUncertain(worker)));
    expect(asked.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await eventually(async () => (await statusOf(worker))[0] === 'sent', LIMIT_MS);
    await eventually(async () => (await worker.openJobs()) === 0, LIMIT_MS);
    expect(smtp.arrivals).toBe(2);
  });

  it('is given up after 48 hours of waiting, or after a week of uncertainty, with what it says', async () => {
    smtp.verdict = () => 'break';
    const worker = await start();
    const ages = { two: 3, seven: 8 };
    for (const dedupeKey of Object.keys(ages)) await mailOf(worker).send(buildMail({ dedupeKey }));
    for (const [key, days] of Object.entries(ages))
      await worker.database.execute(
        `UPDATE mails SET created_at = now() - make_interval(days => $2) WHERE dedupe_key = $1`,
        [key, days],
      );
    await worker.module.get(RetentionProcessor).run();
    const rows = await worker.database.query(
      `SELECT dedupe_key AS key, sealed_data IS NOT NULL AS "isKept" FROM mails ORDER BY key`,
    );
    expect(rows).toEqual([
      { key: 'seven', isKept: false },
      { key: 'two', isKept: true },
    ]);
    // The list names it all the same; what it said is gone.
    await expect(resendUncertain(worker)).rejects.toThrow(/while what it says is kept/);
  });

  const toMails = (statements: readonly string[]) =>
    statements.flatMap(
      (text) => /^(INSERT INTO mails|UPDATE mails SET (handing_over_since|sent_at))/.exec(text)?.[0] ?? [],
    );

  it('costs three statements: to claim it, to note that it leaves, and to note that it has left', async () => {
    const worker = await start();
    const { statements, stop } = listStatements();
    await mailOf(worker).send(buildMail());
    stop();
    expect(toMails(statements)).toEqual([
      'INSERT INTO mails',
      'UPDATE mails SET handing_over_since',
      'UPDATE mails SET sent_at',
    ]);
  });

  it('and shares them with the mails that leave at the same time', async () => {
    const worker = await start();
    const repository = worker.module.get(MailsRepository, { strict: false });
    const claims = await Promise.all(
      Array.from({ length: 50 }, () =>
        repository.claim({ dedupeKey: newId(), template: 'account-disabled', recipient: 'ada@example.com' }, 60),
      ),
    );
    const { statements, stop } = listStatements();
    const noted = await Promise.all(claims.map((claim) => repository.noteHandOver(claim!, null)));
    await Promise.all(claims.map((claim) => repository.markSent(claim!)));
    stop();
    expect(noted).toEqual(claims.map(() => true));
    expect(toMails(statements)).toHaveLength(2);
  });

  it('when fifty are sent at once, each by two', async () => {
    const worker = await start();
    const keys = Array.from({ length: 50 }, () => newId());
    const outcomes = await Promise.allSettled(
      [...keys, ...keys].map((dedupeKey) => mailOf(worker).send(buildMail({ dedupeKey }))),
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(MailInProgressError);
    expect(smtp.accepted).toHaveLength(keys.length);
  });
});
