import type { CatalogueProduct } from './catalogue-product.js';
import type { Refusal } from './refusal.js';
import type { RawRow } from '../reading/source-file.js';

/** A row that has been read and waits to be merged, with the line of the file it came from. */
export interface StagedRow<Fragment> {
  readonly line: number;
  readonly fragment: Fragment;
}

/** What became of a row: accepted under a merge key, or refused. The first refusal is the reason, the others apply as well. */
export type RowOutcome<Fragment> =
  { readonly mergeKey: string; readonly fragment: Fragment } | { readonly refusals: readonly [Refusal, ...Refusal[]] };

/** Reads the rows of one kind of file. */
export interface RowReader<Fragment = unknown> {
  /** Lower-case words joined by hyphens; the beginning of every key it makes. */
  readonly name: string;

  /** Reads one row by itself. */
  read(row: RawRow): RowOutcome<Fragment>;

  /** The part of a merge key that only one row may have; undefined where rows of one key are put together. */
  uniqueKeyOf(mergeKey: string): string | undefined;

  /** Characters of a merge key before the part that only one row may have. */
  readonly sortPrefix: number;
}

/** Reads rows that become products, and puts those of one merge key together. */
export interface ProductFormat<Fragment = unknown> extends RowReader<Fragment> {
  /** @throws RowRefusedError when the rows together make no product. */
  assemble(mergeKey: string, rows: readonly StagedRow<Fragment>[]): CatalogueProduct;
}
