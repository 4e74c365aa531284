/** An import cannot go on, for a reason that the person who started it can mend; the message says which. */
export class ImportFailedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImportFailedError';
  }
}

/** A mapping file does not say what a mapping must say; names everything that is wrong. */
export class MappingError extends ImportFailedError {
  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super(`The mapping ${source} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'MappingError';
  }
}
