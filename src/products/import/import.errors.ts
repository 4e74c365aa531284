/** An import cannot go on, for a reason that the person who started it can mend; the message says which. */
export class ImportFailedError extends Error {}

/** A mapping file does not say what a mapping must say; names everything that is wrong. */
export class MappingError extends ImportFailedError {
  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super(`The mapping ${source} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Why a row is not imported: a stable code to count by, and a sentence for the person who mends the file. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The first is the reason, the others apply as well. */
export type Refusals = readonly [Refusal, ...Refusal[]];

/** Ends the reading of one row; the row is counted as refused and the import goes on. */
export class RowRefusedError extends Error {
  constructor(readonly refusals: Refusals) {
    super(refusals[0].message);
  }
}

/** @throws RowRefusedError always. */
export function refuse(code: string, message: string): never {
  throw new RowRefusedError([{ code, message }]);
}
