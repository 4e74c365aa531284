import { setTimeout as delay } from 'node:timers/promises';
import { InvalidRecipientError, MailInProgressError } from '../../../src/mail/mail.errors.js';
import { MailService } from '../../../src/mail/mail.service.js';
import { buildMail } from '../../factories/mail.factory.js';
import { FakeSmtpServer } from '../../support/fakes/smtp-server.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

describe('MailService', () => {
  let smtp: FakeSmtpServer;
  const workers: TestWorker[] = [];

  const start = async (options: Parameters<typeof TestWorker.start>[0] = {}): Promise<TestWorker> => {
    const worker = await TestWorker.start({
      ...options,
      environment: { SMTP_URL: smtp.url, MAIL_FROM: 'The Shop <no-reply@shop.example>', ...options.environment },
    });
    workers.push(worker);
    return worker;
  };
  const serviceOf = (worker: TestWorker): MailService => worker.module.get(MailService, { strict: false });
  /** As if the time had passed for which a process may be sending. */
  const endLeases = ({ database }: TestWorker) => database.execute(`UPDATE mails SET lease_until = now()`);
  const headersOf = (message: string): string[] =>
    message
      .split('\r\n\r\n', 1)[0]!
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n');

  beforeEach(async () => {
    await emptyJobs();
    smtp = await FakeSmtpServer.start();
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await smtp.stop();
  });

  it('sends a message with subject, text and HTML to the recipient, and notes it', async () => {
    const worker = await start();
    const mail = buildMail();
    await serviceOf(worker).send(mail);
    expect(smtp.accepted).toHaveLength(1);
    const [sent] = smtp.accepted;
    expect(sent).toMatchObject({ from: 'no-reply@shop.example', to: [mail.to] });
    const headers = headersOf(sent!.message);
    expect(headers).toContain('From: The Shop <no-reply@shop.example>');
    expect(headers).toContain(`Subject: Your order ${mail.data.orderNumber} is confirmed`);
    expect(headers).toContain('Auto-Submitted: auto-generated');
    expect(sent!.message).toMatch(/text\/plain[\s\S]*text\/html/);
    const rows = await worker.database.query(
      `SELECT template, recipient, sent_at IS NOT NULL AS "isSent", lease_until AS "leaseUntil" FROM mails`,
    );
    expect(rows).toEqual([{ template: 'order-confirmation', recipient: mail.to, isSent: true, leaseUntil: null }]);
  });

  it('sends one mail for ten sends of one key at once, in two processes, and answers a later one at once', async () => {
    const services = [serviceOf(await start()), serviceOf(await start())];
    const mail = buildMail();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => services[index % 2]!.send(mail)),
    );
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    expect(failures.length).toBeLessThan(10);
    for (const failure of failures) expect(failure).toBeInstanceOf(MailInProgressError);
    await Promise.all(services.map((service) => service.send(mail)));
    expect(smtp.arrivals).toBe(1);
  });

  it('sends again after a refusal or a broken connection, under the same Message-ID', async () => {
    const service = serviceOf(await start());
    const mail = buildMail();
    smtp.verdict = (arrival) => (['refuse', 'accept'] as const)[arrival - 1]!;
    smtp.manners = (command) => (command === 'DATA' && smtp.connections === 2 ? 'break' : 'accept');
    await expect(service.send(mail)).rejects.toThrow(/451/);
    await expect(service.send(mail)).rejects.toThrow();
    await service.send(mail);
    await service.send(mail);
    expect(smtp.accepted).toHaveLength(1);
    expect(smtp.arrivals).toBe(2);
    expect(smtp.connections).toBe(3);
  });

  it('gives a mail the same Message-ID and date whoever sends it, and another mail another', async () => {
    const worker = await start();
    const [mail, other] = [buildMail(), buildMail()];
    await serviceOf(worker).send(mail);
    // As if the process had died between the server's answer and the note of it.
    await worker.database.execute(`UPDATE mails SET sent_at = NULL`);
    await serviceOf(await start()).send(mail);
    await serviceOf(worker).send(other);
    const identity = smtp.accepted.map(({ message }) =>
      headersOf(message).filter((line) => /^(Message-ID|Date):/.test(line)),
    );
    expect(identity[0]).toHaveLength(2);
    expect(identity[1]).toEqual(identity[0]);
    expect(identity[2]![0]).not.toBe(identity[0]![0]);
    expect(identity[0]![0]).toMatch(/^Message-ID: <[0-9a-f]{40}@shop\.example>$/);
  });

  it('leaves a mail alone that another process is sending, and takes it over once its lease has ended', async () => {
    smtp.manners = () => (smtp.connections === 1 ? 'hang' : 'accept');
    const mail = buildMail();
    const [hanging, other] = [await start(), await start()];
    const abandoned = serviceOf(hanging)
      .send(mail)
      .catch((error: unknown) => error);
    await eventually(() => smtp.connections === 1);
    await expect(serviceOf(other).send(mail)).rejects.toThrow(MailInProgressError);
    await endLeases(other);
    await serviceOf(other).send(mail);
    expect(smtp.accepted).toHaveLength(1);
    await smtp.stop();
    expect(await abandoned).toBeInstanceOf(Error);
    // The one that was abandoned must not take back what the other has noted.
    expect(await other.database.query(`SELECT sent_at IS NOT NULL AS "isSent" FROM mails`)).toEqual([{ isSent: true }]);
    smtp = await FakeSmtpServer.start();
  });

  it('does not give back a lease that has passed to another process', async () => {
    smtp.manners = () => 'hang';
    const mail = buildMail();
    const other = await FakeSmtpServer.start();
    other.manners = () => 'hang';
    const first = await start({ environment: { SMTP_URL: other.url } });
    const abandoned = serviceOf(first)
      .send(mail)
      .catch((error: unknown) => error);
    await eventually(() => other.connections === 1);
    await endLeases(first);
    const holder = serviceOf(await start())
      .send(mail)
      .catch((error: unknown) => error);
    await eventually(() => smtp.connections === 1);
    await other.stop();
    expect(await abandoned).toBeInstanceOf(Error);
    await expect(serviceOf(await start()).send(mail)).rejects.toThrow(MailInProgressError);
    await smtp.stop();
    expect(await holder).toBeInstanceOf(Error);
    smtp = await FakeSmtpServer.start();
  });

  it('keeps line breaks in names and subjects out of the header', async () => {
    const service = serviceOf(await start());
    const mail = buildMail({ to: { name: 'Eve\r\nBcc: evil@example.com\n\nHello', address: 'eve@example.com' } });
    await service.send({ ...mail, data: { ...mail.data, orderNumber: '1\r\nX-Evil: yes\r\n\r\nbody' } });
    const [sent] = smtp.accepted;
    expect(sent!.to).toEqual(['eve@example.com']);
    const names = headersOf(sent!.message).map((line) => line.split(':', 1)[0]!.toLowerCase());
    expect(names.sort()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(headersOf(sent!.message).find((line) => line.startsWith('Subject:'))).toContain('1 X-Evil: yes body');
  });

  it.each([
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com, b@example.com',
    'A <a@example.com>',
    'a@example.com\0',
    'a b@example.com',
    '"a\r\nb"@example.com',
    'nobody',
    '',
  ])('refuses %j as a recipient', async (to) => {
    const service = serviceOf(await start());
    await expect(service.send(buildMail({ to }))).rejects.toThrow(InvalidRecipientError);
    expect(smtp.arrivals).toBe(0);
  });

  it('refuses to be called inside a transaction', async () => {
    const worker = await start();
    await expect(worker.database.run(() => serviceOf(worker).send(buildMail()))).rejects.toThrow(
      /after the transaction/,
    );
    expect(smtp.arrivals).toBe(0);
  });

  it('as a job, is tried again with a pause while the server refuses, and sends one mail', async () => {
    smtp.verdict = (arrival) => (arrival < 3 ? 'refuse' : 'accept');
    const mail = buildMail();
    const worker = await start({
      timings: { firstRetryMs: 100 },
      work: (_event, module) => module.get(MailService, { strict: false }).send(mail),
    });
    const begin = performance.now();
    await worker.confirmOrder();
    await eventually(async () => smtp.accepted.length === 1 && (await worker.openJobs()) === 0);
    expect(performance.now() - begin).toBeGreaterThan(150);
    expect(smtp.arrivals).toBe(3);
    await delay(300);
    expect(smtp.arrivals).toBe(3);
  });
});
