import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** Reads a JSON file, or gives `undefined` when there is none. */
export async function readJson<Content>(file: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError)
      throw new Error(`${file} is not valid JSON; repair it or delete it.`, { cause: error });
    throw error;
  }
}

/** Replaces a file that only its owner may read; nobody ever sees half of it. */
export async function replaceJson(file: string, content: unknown): Promise<void> {
  const draft = await writeDraft(file, content);
  await rename(draft, file);
}

/**
 * Writes a file that only its owner may read, unless it exists.
 *
 * @returns What the file holds afterwards: of two processes that do this at once, both get the content of one.
 */
export async function createJson<Content>(file: string, make: () => Content): Promise<Content> {
  const existing = await readJson<Content>(file);
  if (existing !== undefined) return existing;
  const content = make();
  const draft = await writeDraft(file, content);
  try {
    // Unlike a rename, a link never replaces what another process has put there meanwhile.
    await link(draft, file);
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readJson<Content>(file)) ?? content;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(file: string, content: unknown): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}
