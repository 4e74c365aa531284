import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { MailTransport, type OutgoingMail } from './mail-transport.js';

/** A mail in the development mailbox. */
export interface KeptMail {
  readonly id: string;
  readonly messageId: string;
  readonly date: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every address the text links to, in its order. */
  readonly links: readonly string[];
}

const EXTENSION = '.eml';
const LINE_END = '\r\n';
const ID = /^\d{8}T\d{9}Z-[\w.+-]{1,200}$/;
/** An address in the text of a mail. */
export const LINK = /https?:\/\/[^\s<>"]+/g;

/**
 * Keeps mails as files instead of sending them: `<DATA_DIR>/mail/<time>-<message id>.eml`.
 *
 * A mail that is sent again has the same time and message id, so it replaces itself; that is why it is not announced.
 */
@Injectable()
export class DevelopmentMailbox extends MailTransport {
  private readonly folder: string;

  constructor(private readonly environment: Environment) {
    super();
    this.folder = join(environment.DATA_DIR, 'mail');
  }

  override get isOffered(): boolean {
    return !this.environment.isProduction;
  }

  override async deliver(mail: OutgoingMail): Promise<void> {
    const { messageText } = await import('./message-text.js');
    const id = `${mail.date.toISOString().replace(/[-:.]/g, '')}-${mail.messageId.split('@', 1)[0]!}`;
    const kept: KeptMail = {
      id,
      messageId: mail.messageId,
      date: mail.date.toISOString(),
      from: mail.from,
      to: mail.to.address,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      links: mail.text.match(LINK) ?? [],
    };
    // Behind the last boundary, where readers of mail look at nothing, the same for the pages (RFC 2046 section 5.1.1, the epilogue).
    this.write(`${id}${EXTENSION}`, `${messageText(mail)}${LINE_END}${JSON.stringify(kept)}`);
  }

  /** The newest mails, newest first. @param to Only mails to this address, in any case of letters. */
  async list(limit: number, to?: string): Promise<KeptMail[]> {
    const mails: KeptMail[] = [];
    for (const name of (await this.names()).reverse()) {
      const mail = await this.find(name.slice(0, -EXTENSION.length));
      if (mail && (to === undefined || mail.to.toLowerCase() === to.toLowerCase())) mails.push(mail);
      if (mails.length === limit) break;
    }
    return mails;
  }

  async find(id: string): Promise<KeptMail | null> {
    return (await this.read(id))?.kept ?? null;
  }

  /** The message as a mail server would have got it. */
  async findMessage(id: string): Promise<string | null> {
    return (await this.read(id))?.message ?? null;
  }

  /**
   * Readers take no half of a file for a mail, also when the process was killed while it wrote: what they look for is the end.
   *
   * Not by promises: handing a small file to another thread and back takes several times as long as writing it.
   */
  private write(name: string, content: string): void {
    const path = join(this.folder, name);
    try {
      writeFileSync(path, content);
    } catch (error) {
      // Made once, and again should somebody have emptied the data folder.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(path, content);
    }
  }

  private async read(id: string): Promise<{ message: string; kept: KeptMail } | null> {
    if (!ID.test(id) || id.includes('..')) return null;
    const text = await readFile(join(this.folder, id + EXTENSION), 'utf8').catch(absent);
    if (text === null) return null;
    const end = text.lastIndexOf(LINE_END);
    const kept = parsed(text.slice(end + LINE_END.length));
    return kept?.id === id ? { message: text.slice(0, end), kept } : null;
  }

  /** Names begin with the time, so their order is that of the mails. */
  private async names(): Promise<string[]> {
    const names = (await readdir(this.folder).catch(absent)) ?? [];
    return names.filter((name) => name.endsWith(EXTENSION)).sort();
  }
}

/** Null for what is no JSON: no beginning of an object is one. */
function parsed(text: string): KeptMail | null {
  try {
    return JSON.parse(text) as KeptMail | null;
  } catch {
    return null;
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
