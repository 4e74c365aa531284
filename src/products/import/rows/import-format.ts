import { type Refusals, refuse, RowRefusedError } from '../import.errors.js';
import type { RawRow } from '../reading/source-file.js';
import { type CatalogueProduct, MAX_KEY_LENGTH } from './catalogue-product.js';
import type { RowValues } from './row-values.js';

/** What an accepted row says, and the merge key that it has in common with rows of the same thing. */
export interface ReadRow<Fragment> {
  readonly mergeKey: string;
  readonly fragment: Fragment;
}

/** Reads the rows of one kind of file. */
export interface RowReader<Fragment = unknown> {
  /** Lower-case words joined by hyphens; the beginning of every key it makes. */
  readonly name: string;

  /** Reads one row by itself. @throws RowRefusedError */
  read(values: RowValues): ReadRow<Fragment>;

  /** Characters of a merge key before the part that only one row may have; null where rows of one key are put together. */
  readonly sortPrefix: number | null;
}

/** Reads rows that become products, and puts those of one merge key together. */
export interface ProductFormat<Fragment = unknown> extends RowReader<Fragment> {
  /** @throws RowRefusedError when the rows together make no product. */
  assemble(mergeKey: string, rows: readonly Fragment[]): CatalogueProduct;
}

/** What became of a row: accepted, or refused. */
export type RowOutcome<Fragment> = ReadRow<Fragment> | { readonly refusals: Refusals };

/** Has a row read, and finds out whether it is refused. */
export function outcomeOf<Fragment>(reader: RowReader<Fragment>, { values, problem }: RawRow): RowOutcome<Fragment> {
  if (!values) return { refusals: [problem!] };
  try {
    const row = reader.read(values);
    if (row.mergeKey.length > MAX_KEY_LENGTH)
      refuse('out_of_limits', `what names the row is longer than ${MAX_KEY_LENGTH} characters`);
    return row;
  } catch (error) {
    if (error instanceof RowRefusedError) return { refusals: error.refusals };
    throw error;
  }
}
