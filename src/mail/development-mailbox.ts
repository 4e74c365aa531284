import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
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

const ID = /^\d{8}T\d{9}Z-[\w.+-]{1,200}$/;
/** An address in the text of a mail. */
export const LINK = /https?:\/\/[^\s<>"]+/g;

/**
 * Keeps mails as files instead of sending them: `<DATA_DIR>/mail/<time>-<message id>.eml`, and beside each a `.json` to read it from.
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
    await this.write(`${id}.eml`, message);
    // Last, because the list is made of these: what is listed is there.
    await this.write(`${id}.json`, JSON.stringify(kept, null, 2));
  }

  /** The newest mails, newest first. @param to Only mails to this address, in any case of letters. */
  async list(limit: number, to?: string): Promise<KeptMail[]> {
    const mails: KeptMail[] = [];
    for (const name of (await this.names()).reverse()) {
      const mail = await this.find(name.slice(0, -'.json'.length));
      if (mail && (to === undefined || mail.to.toLowerCase() === to.toLowerCase())) mails.push(mail);
      if (mails.length === limit) break;
    }
    return mails;
  }

  async find(id: string): Promise<KeptMail | null> {
    const text = await this.read(id, 'json');
    return text === null ? null : (JSON.parse(text) as KeptMail);
  }

  /** The message as a mail server would have got it. */
  findMessage(id: string): Promise<string | null> {
    return this.read(id, 'eml');
  }

  /** Readers never see half a file, also when the process is killed while it writes. */
  private async write(name: string, content: string | Buffer): Promise<void> {
    const temporary = join(this.folder, `.${process.pid}-${++this.writes}.tmp`);
    // Made once, and again should somebody have emptied the data folder.
    await writeFile(temporary, content).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(this.folder, { recursive: true });
      await writeFile(temporary, content);
    });
    await rename(temporary, join(this.folder, name));
  }

  private async read(id: string, extension: 'json' | 'eml'): Promise<string | null> {
    if (!ID.test(id) || id.includes('..')) return null;
    return readFile(join(this.folder, `${id}.${extension}`), 'utf8').catch(absent);
  }

  /** Names begin with the time, so their order is that of the mails. */
  private async names(): Promise<string[]> {
    const names = (await readdir(this.folder).catch(absent)) ?? [];
    return names.filter((name) => name.endsWith('.json')).sort();
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
