import { createWriteStream } from 'node:fs';
import { access, constants, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RejectedRow } from './import.repository.js';

/**
 * Where the refused rows of a file go unless said otherwise: beside it, or into the working folder when its own folder is read-only.
 */
export async function rejectsPathFor(path: string): Promise<string> {
  const name = `${basename(path)}.rejects.ndjson`;
  const folder = dirname(resolve(path));
  return join((await isWritable(folder)) ? folder : process.cwd(), name);
}

/**
 * Writes refused rows as NDJSON: line, code, message and the row itself.
 *
 * @returns the path; undefined when nothing was refused, and then a file of an earlier import is removed.
 */
export async function writeRejects(
  path: string,
  rejects: AsyncIterable<readonly RejectedRow[]>,
): Promise<string | undefined> {
  const iterator = rejects[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) {
    await rm(path, { force: true });
    return undefined;
  }
  async function* text(): AsyncGenerator<string> {
    for (let next = first; !next.done; next = await iterator.next()) {
      yield next.value.map(asJson).join('');
    }
  }
  await pipeline(Readable.from(text()), createWriteStream(path));
  return path;
}

function asJson({ line, code, message, source }: RejectedRow): string {
  return `{"line":${line},"code":${JSON.stringify(code)},"message":${JSON.stringify(message)},"row":${source}}\n`;
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    // Root may write anywhere, but a folder that its owner has closed is meant to stay as it is.
    return ((await stat(folder)).mode & 0o200) !== 0;
  } catch {
    return false;
  }
}
