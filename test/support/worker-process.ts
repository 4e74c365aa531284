// A worker in a process of its own, which a test can kill. Started by `startWorkerProcess`.
import { MailService } from '../../src/mail/mail.service.js';
import { buildMail } from '../factories/mail.factory.js';
import { dyingMails } from './dying-mails.js';
import { TestWorker } from './test-worker.js';

dyingMails();
const worker = await TestWorker.start({
  mailLeaseSeconds: 1,
  environment: { SMTP_URL: process.env.WORKER_SMTP_URL },
  work: async ({ aggregateId }, module) => {
    process.send?.('working');
    if (process.env.WORKER_HANGS === 'true') await new Promise(() => undefined);
    await module.get(MailService, { strict: false }).send(buildMail({ dedupeKey: aggregateId }));
  },
});
process.on('message', () => {
  // Nothing ends the process but that nothing is left to wait for.
  void worker.close().then(() => process.disconnect());
});
process.send?.('ready');
