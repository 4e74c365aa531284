import { readFile } from 'node:fs/promises';
import { ImportFailedError } from '../import.errors.js';
import type { Mapping } from './mapping.js';
import { bestBuyCategories } from './best-buy-categories.js';
import { bestBuy } from './best-buy.js';
import { onlineRetail } from './online-retail.js';
import { pcParts } from './pc-parts.js';
import { parseMapping } from './parse-mapping.js';

/** The mappings that come with Storehouse, by name. */
export const MAPPINGS: Readonly<Record<string, Mapping>> = Object.fromEntries(
  [bestBuy, bestBuyCategories, pcParts, onlineRetail].map((mapping) => [mapping.name, mapping]),
);

/**
 * Finds a mapping by its name, or reads one from a JSON file.
 *
 * @throws ImportFailedError when there is neither; MappingError when the file is no mapping.
 */
export async function findMapping(nameOrPath: string): Promise<Mapping> {
  const known = Object.hasOwn(MAPPINGS, nameOrPath) ? MAPPINGS[nameOrPath] : undefined;
  if (known) return known;
  const text = await readFile(nameOrPath, 'utf8').catch((error: unknown) => {
    const names = Object.keys(MAPPINGS).join(', ');
    throw new ImportFailedError(
      `There is no mapping "${nameOrPath}": it is neither one of ${names} nor a file that can be read.`,
      {
        cause: error,
      },
    );
  });
  try {
    return parseMapping(JSON.parse(text), nameOrPath);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ImportFailedError(`The mapping ${nameOrPath} is no JSON: ${error.message}`, { cause: error });
  }
}
