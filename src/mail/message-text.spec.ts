import MailComposer from 'nodemailer/lib/mail-composer';
import { type OutgoingMail, toMessage } from './mail-transport.js';
import { messageText } from './message-text.js';

const MAIL: OutgoingMail = {
  messageId: 'abc@shop.example',
  date: new Date(0),
  from: 'Störehouse <no-reply@shop.example>',
  to: { name: 'Jürgen "J" Ö', address: 'bench@example.org' },
  subject: `Ördér ${'x'.repeat(80)}`,
  text: '',
  html: '',
};

describe('messageText', () => {
  it.each([
    ['plain text', 'Hello\nthere\n.\n', '<p>hi</p>\n'],
    ['no line end', 'a', 'b'],
    [
      'long lines and letters beyond ASCII',
      `Grüße – €5\n= x \n${'long '.repeat(60)}\ntrail \n`,
      `<p style="a=b">${'e'.repeat(999)}é</p>\n`,
    ],
    ['another script', `${'これは日本語です。'.repeat(30)}\n`, '<p>日本語</p>\n'.repeat(40)],
  ])('is what nodemailer sends: %s', async (_, text, html) => {
    const mail = { ...MAIL, text, html };
    const sent = await new MailComposer({ ...toMessage(mail), newline: 'windows' }).compile().build();
    const message = messageText(mail);
    expect(comparable(message)).toBe(comparable(sent.toString()));
    // RFC 5322 section 2.1.1.
    expect(Math.max(...message.split('\r\n').map(({ length }) => length))).toBeLessThan(100);
  });
});

/** Without what may differ: boundaries are made of chance, and lines may be broken elsewhere (RFC 2045 section 6.7, rule 5). */
const comparable = (message: string): string => message.replace(/--_NmP-[\da-f]+-/g, '--_NmP-').replace(/=\r\n/g, '');
