// A worker that sends enqueued mails, in a process of its own, which a test can kill.
import { dyingMails } from './dying-mails.js';
import { TestWorker } from './test-worker.js';

dyingMails();
await TestWorker.start({
  mailLeaseSeconds: 1,
  sendsMail: true,
  environment: { SMTP_URL: process.env.WORKER_SMTP_URL },
});
process.on('message', () => undefined);
process.send?.('ready');
