import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.js';

export const IMPORT_USAGE = `npm run import -- products <file> [options]
npm run import -- categories <file> --mapping <mapping>

Imports products or categories from an NDJSON or CSV file, gzipped or not. Repeating it changes nothing, and one that was
interrupted goes on where it stopped. Works while Storehouse runs, and while it does not.

  --mapping <name|file>  best-buy, best-buy-categories, pc-parts, online-retail, or a JSON file (docs/imports.md);
                         without it the file is in Storehouse's own format
  --rejects <file>       where refused rows go; <file>.rejects.ndjson by default
  --fresh                start over instead of going on where an earlier run stopped
  --batch <rows>         rows of one transaction; 2000 by default
  --json                 print the result as JSON
`;

export interface ImportArguments {
  readonly kind: 'products' | 'categories';
  readonly path: string;
  readonly mapping?: string;
  readonly rejects?: string;
  readonly isFresh: boolean;
  readonly batch?: number;
  readonly asJson: boolean;
}

/** @returns null when help was asked for. @throws UsageError */
export function readArguments(args: readonly string[]): ImportArguments | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [kind, path, ...others] = positionals;
  if (kind !== 'products' && kind !== 'categories') throw new UsageError('Say what to import: products or categories.');
  if (path === undefined) throw new UsageError('Say which file to import.');
  if (others.length > 0) throw new UsageError(`One file at a time, please; "${others.join(' ')}" is too much.`);
  const batch = values.batch === undefined ? undefined : Number(values.batch);
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= 20_000)) {
    throw new UsageError('--batch must be a whole number from 1 to 20000.');
  }
  const { mapping, rejects, fresh = false, json = false } = values;
  return { kind, path, mapping, rejects, isFresh: fresh, batch, asJson: json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        mapping: { type: 'string', short: 'm' },
        rejects: { type: 'string' },
        fresh: { type: 'boolean' },
        batch: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
