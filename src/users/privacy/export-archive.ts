import { Zip, ZipDeflate } from 'fflate';

/** Text that is gathered before it is packed. */
const PIECE_CHARACTERS = 64 * 1024;

/**
 * Writes a zip file member by member and piece by piece, so that neither the whole file nor a whole member is ever in memory.
 *
 * Format: APPNOTE.TXT of PKWARE; member names are plain ASCII.
 */
export class ExportArchive {
  private readonly zip: Zip;
  private readonly packed: Uint8Array[] = [];
  private failure: Error | null = null;

  /** @param write Takes the bytes of the file in their order; the next ones come once it is done with these. */
  constructor(
    private readonly write: (bytes: Uint8Array) => Promise<void>,
    private readonly writtenAt: Date,
  ) {
    this.zip = new Zip((error, bytes) => {
      if (error) this.failure = error;
      else this.packed.push(bytes);
    });
  }

  /** Adds a member of UTF-8 text. */
  async add(name: string, text: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const member = new ZipDeflate(name, { level: 6 });
    member.mtime = this.writtenAt;
    this.zip.add(member);
    let gathered = '';
    for await (const part of text) {
      gathered += part;
      if (gathered.length < PIECE_CHARACTERS) continue;
      member.push(Buffer.from(gathered));
      gathered = '';
      await this.flush();
    }
    member.push(Buffer.from(gathered), true);
    await this.flush();
  }

  /** Writes the directory at the end of the file. */
  async end(): Promise<void> {
    this.zip.end();
    await this.flush();
  }

  private async flush(): Promise<void> {
    if (this.failure) throw this.failure;
    for (const bytes of this.packed.splice(0)) await this.write(bytes);
  }
}

/** JSON text of a value, or of an array whose elements come one by one. */
export async function* jsonText(value: unknown): AsyncIterable<string> {
  if (!isAsyncIterable(value)) {
    yield `${JSON.stringify(value, null, 2)}\n`;
    return;
  }
  let before = '[\n';
  for await (const element of value) {
    yield before + JSON.stringify(element, null, 2);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
