import type { ImportCounts } from './import-counts.js';

/** How far an import has come: bytes of the file while reading, rows while merging. */
export type ImportProgress =
  | { readonly phase: 'waiting' }
  | {
      readonly phase: 'reading' | 'merging';
      readonly done: number;
      readonly total: number;
      readonly counts: ImportCounts;
    };
