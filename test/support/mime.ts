/** The text and the HTML of a message of two parts (RFC 2046 section 5.1.4), in any of the encodings that nodemailer chooses. */
export function bodiesOf(message: string): { text: string; html: string } {
  return { text: partOf(message, 'text/plain'), html: partOf(message, 'text/html') };
}

function partOf(message: string, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1];
  const part = message.split(`--${boundary}`).find((candidate) => candidate.includes(`Content-Type: ${type}`));
  if (part === undefined) throw new Error(`The message has no part of type ${type}`);
  const start = part.indexOf('\r\n\r\n');
  const [head, body] = [part.slice(0, start), part.slice(start + 4).replace(/\r\n$/, '')];
  if (/Content-Transfer-Encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/Content-Transfer-Encoding: quoted-printable/i.test(head)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What a message says, as it was before it was put into RFC 5322. */
export function readMessage(message: string) {
  const [head = ''] = message.split('\r\n\r\n', 1);
  const fields = new Map(
    head
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), decoded(field.slice(colon + 1).trim())];
      }),
  );
  const field = (name: string): string => fields.get(name) ?? '';
  const [, name = '', address = field('to')] = /^"?(.*?)"? ?<(.*)>$/s.exec(field('to')) ?? [];
  const { text, html } = bodiesOf(message);
  return {
    messageId: field('message-id').replace(/^<|>$/g, ''),
    date: new Date(field('date')),
    from: field('from'),
    to: { name, address },
    subject: field('subject'),
    text: text.replaceAll('\r\n', '\n'),
    html: html.replaceAll('\r\n', '\n'),
    isAutomatic: field('auto-submitted') === 'auto-generated',
  };
}

/** A header field with its encoded words read (RFC 2047); blanks between two of them are not part of the text. */
function decoded(field: string): string {
  return field
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) => {
      if (encoding.toLowerCase() === 'b') return Buffer.from(text, 'base64').toString('utf8');
      const bytes = text
        .replaceAll('_', ' ')
        .replace(/=([0-9A-F]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    });
}
