import { setTimeout } from 'node:timers/promises';
import { newId } from '../../src/common/ids.js';
import { MailRefusedError, type MailTransport, type OutgoingMail } from '../../src/mail/mail-transport.js';
import type { Fault } from './stand-in.js';

/** A mail as the other side has it. */
export interface TakenMail extends OutgoingMail {
  /** `Auto-Submitted: auto-generated` (RFC 3834). */
  readonly isAutomatic: boolean;
}

export interface MailSandbox {
  readonly transport: MailTransport;
  /** Every mail that the other side has taken responsibility for, in any order. */
  taken(): TakenMail[] | Promise<TakenMail[]>;
  /** Lets something go wrong, until it is called with null. */
  fail(fault: Fault | null): void | Promise<void>;
  stop?(): Promise<void>;
}

/** What goes wrong with mail; an answer without sense is one that refuses. */
export const MAIL_FAULTS = ['down', 'silent', 'failing'] as const satisfies Fault[];
/** How long a test waits for a mail to be taken, and for an answer that it knows will not come. */
const PATIENCE_MS = 60_000;
const IMPATIENCE_MS = 200;
/** A wait that goes on after that is one of the transport's own. */
const LIMIT_MS = 10_000;
const AT_ONCE = 20;

const buildOutgoing = (parts: Partial<OutgoingMail> = {}): OutgoingMail => ({
  messageId: `${newId()}@shop.example`,
  date: new Date('2026-03-01T10:00:00Z'),
  from: 'Storehouse <no-reply@shop.example>',
  to: { name: 'Ada Lovelace', address: 'ada@example.com' },
  subject: 'Your order 1001 is confirmed',
  text: 'Thank you.',
  html: '<p>Thank you.</p>',
  ...parts,
});

/**
 * Holds a mail transport to the contract of `MailTransport`.
 *
 * @param make Called once, before the first test.
 * @param faults What the sandbox can let go wrong.
 */
export function describeMailTransport(
  name: string,
  make: () => MailSandbox | Promise<MailSandbox>,
  { faults = MAIL_FAULTS }: { faults?: readonly Fault[] } = {},
): void {
  describe(`${name}, as a mail transport`, () => {
    let sandbox: MailSandbox;
    beforeAll(async () => {
      sandbox = await make();
    });
    afterEach(() => sandbox.fail(null));
    afterAll(() => sandbox.stop?.());

    const deliver = (mail: OutgoingMail, patienceMs = PATIENCE_MS, begins = () => Promise.resolve()) =>
      sandbox.transport.deliver(mail, AbortSignal.timeout(patienceMs), begins);
    const takenOf = async ({ messageId }: OutgoingMail) =>
      (await sandbox.taken()).filter((mail) => mail.messageId === messageId);

    it('is offered with the settings of its sandbox', () => {
      expect(sandbox.transport.isOffered).toBe(true);
    });

    it.each<[string, Partial<OutgoingMail>]>([
      ['plain', {}],
      ['to nobody by name', { to: { name: '', address: 'ada@example.com' } }],
      [
        'with letters of every script',
        {
          from: 'Lädele am Größenbühl <no-reply@shop.example>',
          to: { name: 'Łukasz "Zażółć", Ø', address: 'lukasz@example.com' },
          subject: `Ördér ${'ü'.repeat(90)} 🧾 これは`,
          text: 'Grüße – 5 €\nこれは日本語です。\n🧾',
          html: '<p>Grüße – 5&nbsp;€ これは日本語です。 🧾</p>',
        },
      ],
      [
        'with long lines, blank ends and lines that end a message elsewhere',
        {
          subject: `Order ${'1001 '.repeat(40)}is confirmed`,
          text: `.\n..\n=20 = \nFrom here\n--\n${'long '.repeat(500)}end\n\nhttps://shop.example/?a=3D&b=1`,
          html: `<p title="a=b">${'x'.repeat(2_000)}</p>\n.\n<p>end</p>`,
        },
      ],
    ])('has handed a mail over to the letter when it returns: %s', async (_, parts) => {
      const mail = buildOutgoing(parts);
      await deliver(mail);
      expect(await takenOf(mail)).toEqual([{ ...mail, isAutomatic: true }]);
    });

    it('gives a mail that is delivered again the same Message-ID and date', async () => {
      const mail = buildOutgoing();
      await deliver(mail);
      await deliver(mail);
      const taken = await takenOf(mail);
      expect(taken.length).toBeGreaterThan(0);
      for (const one of taken) expect(one).toEqual({ ...mail, isAutomatic: true });
    });

    it('delivers twenty mails at once, each to its recipient', async () => {
      const mails = Array.from({ length: AT_ONCE }, (_, index) =>
        buildOutgoing({
          to: { name: `Reader ${index}`, address: `reader-${index}@example.com` },
          text: `No. ${index}`,
        }),
      );
      await Promise.all(mails.map((mail) => deliver(mail)));
      for (const mail of mails) expect(await takenOf(mail)).toEqual([{ ...mail, isAutomatic: true }]);
    });

    it('announces a mail once and waits before the other side can have it, unless the same mail twice is one', async () => {
      const mail = buildOutgoing();
      const before: TakenMail[][] = [];
      const begins = async () => {
        await setTimeout(IMPATIENCE_MS);
        before.push(await takenOf(mail));
      };
      await deliver(mail, PATIENCE_MS, begins);
      if (before.length > 0) expect(before).toEqual([[]]);
      else await deliver(mail, PATIENCE_MS, begins);
      expect(await takenOf(mail)).toHaveLength(1);
    });

    it('hands nothing over that could not be announced', async () => {
      const mail = buildOutgoing();
      let isAnnounced = false;
      const begins = () => {
        isAnnounced = true;
        return Promise.reject(new Error('The database is away'));
      };
      const outcome = await deliver(mail, PATIENCE_MS, begins).catch((error: unknown) => error);
      if (isAnnounced) expect(outcome).toBeInstanceOf(Error);
      expect(await takenOf(mail)).toHaveLength(isAnnounced ? 0 : 1);
      if (isAnnounced) await deliver(mail);
      expect(await takenOf(mail)).toHaveLength(1);
    });

    it.each(faults)(
      'calls a mail refused only when the other side, being %s, has said so and does not have it',
      async (fault) => {
        const mail = buildOutgoing();
        let isAnnounced = false;
        await sandbox.fail(fault);
        const outcome = deliver(mail, fault === 'silent' ? IMPATIENCE_MS : PATIENCE_MS, async () => {
          isAnnounced = true;
          await setTimeout(0);
        });
        const error: unknown = await outcome.catch((reason: unknown) => reason);
        await sandbox.fail(null);
        if (isAnnounced) expect(error instanceof MailRefusedError).toBe(fault === 'failing');
        if (error instanceof MailRefusedError) expect(await takenOf(mail)).toEqual([]);
      },
      LIMIT_MS,
    );

    it.each(faults)(
      'raises an error when the other side is %s, and delivers the mail once it is not',
      async (fault) => {
        const mail = buildOutgoing();
        await sandbox.fail(fault);
        await expect(deliver(mail, fault === 'silent' ? IMPATIENCE_MS : PATIENCE_MS)).rejects.toThrow(Error);
        await sandbox.fail(null);
        if (fault !== 'silent') expect(await takenOf(mail)).toEqual([]);
        await deliver(mail);
        expect((await takenOf(mail)).at(-1)).toEqual({ ...mail, isAutomatic: true });
      },
      LIMIT_MS,
    );
  });
}
