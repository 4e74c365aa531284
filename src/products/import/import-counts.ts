import type { Refusals } from './import.errors.js';

/** How many were new, how many changed, and how many were as the file says already. */
export interface Changes {
  created: number;
  updated: number;
  unchanged: number;
}

/** What an import has counted; kept with its checkpoint, so that a resumed run counts on. */
export type ImportCounts = ReturnType<typeof noCounts>;

export const noCounts = () => ({
  /** Rows of the file: accepted + refused. */
  rows: 0,
  accepted: 0,
  refused: 0,
  /** By reason code: rows refused for it (the first that applied), and rows to which it applied at all. */
  reasons: {} as Record<string, { refused: number; applied: number }>,
  products: noChanges(),
  variants: noChanges(),
  categories: noChanges(),
  prices: { set: 0, removed: 0 },
  stock: { changed: 0 },
  orders: noChanges(),
  orderLines: { created: 0 },
  /** Entries of the file of refused rows: refused rows, and references that lead nowhere. */
  listed: 0,
  /** References inside rows that lead nowhere; the row itself is imported. By reason code. */
  references: {} as Record<string, number>,
});

const noChanges = (): Changes => ({ created: 0, updated: 0, unchanged: 0 });

/** Counts `rows` refused rows to which all of `refusals` apply; the first is the reason. */
export function countRefusal(counts: ImportCounts, refusals: Refusals, rows = 1): void {
  counts.refused += rows;
  counts.listed += rows;
  for (const { code } of refusals) (counts.reasons[code] ??= { refused: 0, applied: 0 }).applied += rows;
  counts.reasons[refusals[0].code]!.refused += rows;
}

export function countChanges(total: Changes, { created, updated, unchanged }: Readonly<Changes>): void {
  total.created += created;
  total.updated += updated;
  total.unchanged += unchanged;
}

/** How far an import has come: bytes of the file while reading, rows while merging. */
export type ImportProgress =
  | { readonly phase: 'waiting' }
  | {
      readonly phase: 'reading' | 'merging';
      readonly done: number;
      readonly total: number;
      readonly counts: ImportCounts;
    };

/** How large the steps of an import are, and who hears of them. */
export interface ImportPace {
  /** Rows of one transaction; exceeded by a product that has more. */
  readonly batch: number;
  readonly onProgress?: (progress: ImportProgress) => void;
}
