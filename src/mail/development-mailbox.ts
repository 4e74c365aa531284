import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MailTransport, type OutgoingMail, toMessage } from './mail-transport.js';

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
 * A mail that is sent again has the same time and message id, so it replaces itself.
 */
export class DevelopmentMailbox extends MailTransport {
  private writes = 0;

  constructor(private readonly folder: string) {
    super();
  }

  override async deliver(mail: OutgoingMail): Promise<void> {
    const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
    const message = await new MailComposer({ ...toMessage(mail), newline: 'windows' }).compile().build();
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
    this.write(`${id}${EXTENSION}`, `${message.toString()}${LINE_END}${JSON.stringify(kept)}`);
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
    const parts = await this.read(id);
    return parts && (JSON.parse(parts.epilogue) as KeptMail);
  }

  /** The message as a mail server would have got it. */
  async findMessage(id: string): Promise<string | null> {
    return (await this.read(id))?.message ?? null;
  }

  /**
   * Readers never see half a file, also when the process is killed while it writes.
   *
   * Not by promises: handing a small file to another thread and back takes several times as long as writing it.
   */
  private write(name: string, content: string | Buffer): void {
    const temporary = join(this.folder, `.${process.pid}-${++this.writes}.tmp`);
    try {
      writeFileSync(temporary, content);
    } catch (error) {
      // Made once, and again should somebody have emptied the data folder.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(temporary, content);
    }
    renameSync(temporary, join(this.folder, name));
  }

  private async read(id: string): Promise<{ message: string; epilogue: string } | null> {
    if (!ID.test(id) || id.includes('..')) return null;
    const text = await readFile(join(this.folder, id + EXTENSION), 'utf8').catch(absent);
    if (text === null) return null;
    const end = text.lastIndexOf(LINE_END);
    return { message: text.slice(0, end), epilogue: text.slice(end + LINE_END.length) };
  }

  /** Names begin with the time, so their order is that of the mails. */
  private async names(): Promise<string[]> {
    const names = (await readdir(this.folder).catch(absent)) ?? [];
    return names.filter((name) => name.endsWith(EXTENSION)).sort();
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
