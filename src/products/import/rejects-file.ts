import { createWriteStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
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

/** Writes refused rows as NDJSON: line, code, message and the row itself. */
export async function writeRejects(path: string, rejects: AsyncIterable<readonly RejectedRow[]>): Promise<void> {
  async function* text(): AsyncGenerator<string> {
    for await (const rows of rejects) yield rows.map(asJson).join('');
  }
  await pipeline(text, createWriteStream(path));
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
