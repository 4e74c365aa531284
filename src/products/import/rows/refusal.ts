/** Why a row is not imported: a stable code to count by, and a sentence for the person who mends the file. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Ends the reading of one row; the row is counted as refused and the import goes on. */
export class RowRefusedError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
    this.name = 'RowRefusedError';
  }
}

/** @throws RowRefusedError always. */
export function refuse(code: string, message: string): never {
  throw new RowRefusedError({ code, message });
}
