import type { ValueTransformer } from 'typeorm';

/** For an insert or update: the instant so many seconds from now, by the clock of the database. */
export const inSeconds = (seconds: number) => (): string => `now() + make_interval(secs => ${seconds})`;

/**
 * Reads a `bigint` column as a JavaScript number.
 *
 * @throws RangeError for a value beyond ±(2^53 − 1), which a number cannot hold exactly.
 */
export const safeInteger: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : toSafeInteger(value)),
};

/** The exact number behind a `bigint` that pg delivered as text. */
export function toSafeInteger(value: string | number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond the exact integers of JavaScript`);
  return number;
}
