import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { type Environment, InvalidEnvironmentError } from '../config/environment.js';
import { migrate } from '../database/schema.js';
import { type PreparedEnvironment, prepareEnvironment } from '../start/prepare-environment.js';

/** The command was typed wrong; the message says how. */
export class UsageError extends Error {}

/** How a command is typed, and how its failures are told. */
export interface CommandForm<Options extends ParseArgsOptionsConfig> {
  readonly usage: string;
  readonly options?: Options;
  readonly allowPositionals?: boolean;
  /** Comes before the message of a failure that nobody foresaw. */
  readonly failure: string;
  /** Errors whose message says it all. */
  readonly foreseen?: readonly (new (...args: never[]) => Error)[];
  /** Status of a command that could not do its work; 1 by default. */
  readonly failureStatus?: number;
}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

/** Runs a command of the terminal; it ends with 1 when `run` answers false. What goes wrong is told in a sentence, never by a stack. */
export async function command<const Options extends ParseArgsOptionsConfig>(
  { usage, options, allowPositionals, failure, foreseen = [], failureStatus = 1 }: CommandForm<Options>,
  run: (values: Values<Options>, positionals: readonly string[]) => Promise<boolean | void>,
): Promise<void> {
  try {
    const { values, positionals } = parsed({ ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals);
    if (values.help) process.stdout.write(usage);
    else if ((await run(values as Values<Options>, positionals)) === false) process.exitCode = 1;
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const isComplete = [InvalidEnvironmentError, ...foreseen].some((kind) => error instanceof kind);
    // fetch says only that it failed; why is in its cause.
    const why = cause instanceof Error ? ` (${cause.message})` : '';
    if (error instanceof UsageError) process.stderr.write(`${message}\n\n${usage}`);
    else process.stderr.write(isComplete ? `${message}\n` : `${failure}: ${message || String(error)}${why}\n`);
    process.exitCode = failureStatus;
  }
}

function parsed(options: ParseArgsOptionsConfig, allowPositionals = false) {
  try {
    return parseArgs({ options, allowPositionals });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Runs `work` on the database of the application: that of a running one, or of its embedded servers, which are started for it and stopped
 * afterwards. There is no HTTP and no job, and no news unless something is wrong.
 *
 * @param migrates Outside production, brings the database up to date first.
 */
export async function withContext<Result>(
  create: (environment: Environment) => Promise<INestApplicationContext>,
  work: (context: INestApplicationContext, prepared: PreparedEnvironment) => Promise<Result>,
  { migrates = true } = {},
): Promise<Result> {
  process.env.ROLE = 'api';
  process.env.LOG_LEVEL ??= 'warn';
  const prepared = await prepareEnvironment({ attach: true });
  try {
    const { environment } = prepared;
    if (migrates && !environment.isProduction) await migrate(environment.DATABASE_URL);
    const context = await create(environment);
    try {
      return await work(context, prepared);
    } finally {
      await context.close();
    }
  } finally {
    await prepared.stop();
  }
}

/** @throws UsageError unless the text is a whole number from 1 to `max`. */
export function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new UsageError(`${name} must be a whole number from 1 to ${max}.`);
}

/** Rows of a name and a value, the values below each other. */
export function table(rows: readonly (readonly [name: string, value: string])[], indent = ''): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}\n`).join('');
}
