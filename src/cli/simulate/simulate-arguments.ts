import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.js';

export const SIMULATE_USAGE = `npm run simulate -- --baskets <online-retail.csv.gz> [options]

Replays real invoices against a running Storehouse: registers a shopper for each customer, places each invoice as an order paid
with the provider "fake", and proves that totals, stock and confirmation mails are right. Ends with status 1 if anything is not.

Start the server with RATE_LIMIT_SCALE=10000, or the limits slow this down to their pace. Nobody else may order meanwhile.

  --orders <n>               invoices to replay; 2000 by default
  --parallel <n>             requests at a time; 16 by default
  --url <address>            of the server; by default the one that runs on DATA_DIR, or http://localhost:3000
  --admin-email <address>    who gives stock; by default the admin in DATA_DIR
  --admin-password <text>    better in ADMIN_PASSWORD, where other users of the machine cannot see it
  --json                     print the figures as JSON
`;

export interface SimulateArguments {
  readonly baskets: string;
  readonly orders: number;
  readonly parallel: number;
  readonly url?: string;
  readonly adminEmail?: string;
  readonly adminPassword?: string;
  readonly asJson: boolean;
}

/** @returns null when help was asked for. @throws UsageError */
export function readArguments(args: readonly string[]): SimulateArguments | null {
  const { values } = parse(args);
  if (values.help) return null;
  if (values.baskets === undefined) throw new UsageError('Say where the invoices are: --baskets <file>.');
  return {
    baskets: values.baskets,
    orders: wholeNumber('--orders', values.orders ?? '2000', 1_000_000),
    parallel: wholeNumber('--parallel', values.parallel ?? '16', 256),
    url: values.url,
    adminEmail: values['admin-email'],
    adminPassword: values['admin-password'],
    asJson: values.json ?? false,
  };
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new UsageError(`${name} must be a whole number from 1 to ${max}.`);
  return value;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        baskets: { type: 'string' },
        orders: { type: 'string' },
        parallel: { type: 'string' },
        url: { type: 'string' },
        'admin-email': { type: 'string' },
        'admin-password': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
