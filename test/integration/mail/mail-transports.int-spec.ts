import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevelopmentMailbox } from '../../../src/mail/development-mailbox.js';
import { SmtpTransport } from '../../../src/mail/smtp-transport.js';
import { describeMailTransport } from '../../kits/mail-transport.kit.js';
import { FakeSmtpServer, type Verdict } from '../../support/fakes/smtp-server.js';
import { readMessage } from '../../support/mime.js';
import { testEnvironment } from '../../support/test-environment.js';

const VERDICTS: Readonly<Record<string, Verdict>> = { down: 'break', silent: 'hang', failing: 'refuse' };

describeMailTransport('SMTP', async () => {
  const smtp = await FakeSmtpServer.start();
  const transport = new SmtpTransport(testEnvironment({ SMTP_URL: smtp.url }));
  return {
    transport,
    taken: () => smtp.accepted.map(({ message }) => readMessage(message)),
    fail: (fault) => {
      smtp.verdict = () => (fault ? VERDICTS[fault]! : 'accept');
    },
    stop: async () => {
      await transport.onApplicationShutdown();
      await smtp.stop();
    },
  };
});

describeMailTransport(
  'the development mailbox',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailbox-'));
    const [mails, away] = [join(folder, 'mail'), join(folder, 'away')];
    const mailbox = new DevelopmentMailbox(testEnvironment({ DATA_DIR: folder }));
    let isDown = false;
    return {
      transport: mailbox,
      taken: async () => {
        const kept = await mailbox.list(1_000);
        return Promise.all(kept.map(async ({ id }) => readMessage((await mailbox.findMessage(id))!)));
      },
      fail: async (fault) => {
        if (isDown === (fault === 'down')) return;
        isDown = fault === 'down';
        if (isDown) {
          await rename(mails, away);
          await writeFile(mails, 'not a folder');
        } else {
          await rm(mails);
          await rename(away, mails);
        }
      },
      stop: () => rm(folder, { recursive: true }),
    };
  },
  // Nobody else has a part in it.
  { faults: ['down'] },
);
