import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

/** The statements that ran, in order; prepared ones by their text. */
export interface CountedStatements<Result> {
  result: Result;
  statements: string[];
  /** The values of each statement. */
  values: unknown[][];
}

/** Sent after the commit and shared by many requests, so they belong to none. */
const NOTIFICATION = /^SELECT pg_notify\(/;

/** Runs `work` and lists every SQL statement that it sends, on any connection; what runs beside it is left out. */
export async function countStatements<Result>(work: () => Promise<Result>): Promise<CountedStatements<Result>> {
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  const counted = new AsyncLocalStorage<true>();
  const statements: string[] = [];
  const values: unknown[][] = [];
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const [statement, ownValues] = args;
    const text =
      typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? String(statement));
    if (counted.getStore() && !NOTIFICATION.test(text)) {
      statements.push(text.replace(/\s+/g, ' ').trim());
      values.push((Array.isArray(ownValues) ? ownValues : (statement as { values?: unknown[] }).values) ?? []);
    }
    return query.apply(this, args);
  };
  try {
    return { result: await counted.run(true, work), statements, values };
  } finally {
    prototype.query = query;
  }
}

/** Lists every SQL statement that any connection of this process sends, until `stop` is called. */
export function listStatements(): { statements: string[]; stop: () => void } {
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  const statements: string[] = [];
  prototype.query = function (this: unknown, ...args: unknown[]) {
    statements.push(textOf(args[0]));
    return query.apply(this, args);
  };
  return { statements, stop: () => (prototype.query = query) };
}

function textOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? String(statement));
  return text.replace(/\s+/g, ' ').trim();
}
