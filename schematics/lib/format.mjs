import { format as prettify, resolveConfig } from 'prettier';
import { resolve } from 'node:path';

/** The text as prettier writes it in this project. */
export async function format(path, text) {
  const options = await resolveConfig(resolve(path));
  return prettify(text, { ...options, filepath: path });
}
