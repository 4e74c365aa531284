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
