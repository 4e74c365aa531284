import { encode as encodeBase64, wrap as wrapBase64 } from 'nodemailer/lib/base64';
import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as encodeQuoted, wrap as wrapQuoted } from 'nodemailer/lib/qp';
import { type OutgoingMail, toMessage } from './mail-transport.js';

const LINE_END = '\r\n';

/** What nodemailer keeps of a part of a message, beside what its types name. */
interface Part extends Omit<MimeNode, 'childNodes'> {
  readonly multipart: string | false | undefined;
  readonly boundary: string;
  readonly childNodes: Part[];
  readonly content: string;
  getTransferEncoding(): string;
}

/**
 * A mail as it goes to a mail server (RFC 5322), as nodemailer sends it; only soft line breaks of quoted-printable may stand elsewhere.
 *
 * nodemailer writes a message by a chain of streams for each part, which takes three times as long as this.
 */
export function messageText(mail: OutgoingMail): string {
  return textOf(new MailComposer(toMessage(mail)).compile() as Part);
}

function textOf(part: Part): string {
  const head = part.buildHeaders() + LINE_END + LINE_END;
  const boundary = `--${part.boundary}`;
  return part.multipart
    ? `${head}${part.childNodes.map((child) => boundary + LINE_END + textOf(child) + LINE_END).join('')}${boundary}--${LINE_END}`
    : head + encoded(part.content, part.getTransferEncoding());
}

function encoded(content: string, encoding: string): string {
  if (encoding === 'base64') return wrapBase64(encodeBase64(content));
  const lines = content.replace(/\r?\n/g, LINE_END);
  return encoding === 'quoted-printable' ? wrapQuoted(encodeQuoted(lines)) : lines;
}
