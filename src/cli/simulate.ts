import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImportFailedError } from '../products/import/import.errors.js';
import { ImportService } from '../products/import/import.service.js';
import { onlineRetail } from '../products/import/mappings/known-mappings.js';
import { findRunningInstance } from '../start/running-instance.js';
import { withImportContext } from './import/import-context.js';
import { readBaskets } from './simulate/invoices.js';
import { ShopClient, UnexpectedAnswerError } from './simulate/shop-client.js';
import { readArguments, SIMULATE_USAGE, type SimulateArguments } from './simulate/simulate-arguments.js';
import { Simulation, type SimulationResult } from './simulate/simulation.js';
import { UsageError } from './usage-error.js';

const DEFAULT_URL = 'http://localhost:3000';
const SHOWN_PROBLEMS = 20;

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (!args) {
    process.stdout.write(SIMULATE_USAGE);
    return;
  }
  const dataDir = resolve(process.env.DATA_DIR ?? '.storehouse');
  const url = (args.url ?? (await findRunningInstance(dataDir))?.apiUrl ?? DEFAULT_URL).replace(/\/+$/, '');
  say(`server: ${url}`);
  await refuseWithoutServer(url);
  const shop = new ShopClient(url, warnOnce());
  const baskets = await readBaskets(args.baskets, args.orders);
  if (baskets.invoices.length < args.orders) say(`the file has only ${baskets.invoices.length} such invoices`);
  const simulation = new Simulation(shop, baskets, await signInAdmin(shop, args, dataDir), args.parallel, say);
  if (!(await simulation.isCatalogueThere())) {
    if (args.url !== undefined)
      throw new UsageError(
        `The products are not there; first: npm run import -- products ${args.baskets} --mapping online-retail`,
      );
    say('importing the products …');
    await withImportContext(async (context) => {
      await context.get(ImportService).run({ kind: 'products', path: args.baskets, mapping: onlineRetail });
    });
    if (!(await simulation.isCatalogueThere()))
      throw new Error(`${url} does not sell the products of ${args.baskets}; is it another database?`);
  }
  const result = await simulation.execute();
  process.stdout.write(args.asJson ? `${JSON.stringify(result, null, 2)}\n` : table(result));
  if (result.problems.length > 0) process.exitCode = 1;
}

/** @throws NoServerError when nothing answers; whatever does answer will be heard. */
async function refuseWithoutServer(url: string): Promise<void> {
  await fetch(`${url}/health/live`).catch((error: unknown) => {
    throw new NoServerError(url, error);
  });
}

/** There is no shop at the address. */
class NoServerError extends Error {
  constructor(url: string, cause: unknown) {
    super(
      `Nothing answers at ${url}. Start the shop in another terminal with "npm start", or with "RATE_LIMIT_SCALE=10000 npm start" for full speed.`,
      { cause },
    );
    this.name = 'NoServerError';
  }
}

async function signInAdmin(shop: ShopClient, args: SimulateArguments, dataDir: string): Promise<string> {
  const email = args.adminEmail ?? process.env.ADMIN_EMAIL;
  const password = args.adminPassword ?? process.env.ADMIN_PASSWORD;
  const body = email && password ? { email, password } : await adminOf(dataDir);
  return (await shop.expect<{ accessToken: string }>({ method: 'POST', path: '/auth/login', body })).accessToken;
}

async function adminOf(dataDir: string): Promise<{ email: string; password: string }> {
  const path = join(dataDir, 'admin.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`There is no admin in ${path}; give --admin-email and --admin-password.`);
  });
  const { email, password } = JSON.parse(text) as { email: string; password: string };
  return { email, password };
}

function table(result: SimulationResult): string {
  const pounds = (pence: number): string =>
    `GBP ${Math.floor(pence / 100).toLocaleString('en')}.${String(pence % 100).padStart(2, '0')}`;
  const number = (value: number): string => value.toLocaleString('en');
  const { seconds, latencyMs, problems } = result;
  const rows: [string, string][] = [
    [
      'orders',
      `${number(result.orders)} with ${number(result.lines)} lines, ${number(result.pieces)} pieces, ${number(result.shoppers)} shoppers`,
    ],
    ['lines left out', `${number(result.skippedLines)} (no product)`],
    ['sum of the orders', pounds(result.total)],
    ['sum by the file', pounds(result.expectedTotal)],
    ['stock codes checked', number(result.stockCodes)],
    ['confirmation mails', number(result.mails)],
    ['5xx answers', number(result.serverErrors)],
    ['sent again', `${number(result.retries)} without an answer, ${number(result.rateLimited)} after a rate limit`],
    [
      'orders a second',
      `${result.ordersPerSecond} (p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms, max ${latencyMs.max} ms)`,
    ],
    [
      'seconds',
      `${seconds.stock} stock, ${seconds.registering} registering, ${seconds.ordering} ordering, ${seconds.mails} waiting for mails`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const verdict =
    problems.length === 0
      ? ['Everything adds up.']
      : [`${problems.length} things do not add up:`, ...problems.slice(0, SHOWN_PROBLEMS)];
  return `${[...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...verdict].join('\n')}\n`;
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function warnOnce(): () => void {
  let isSaid = false;
  return () => {
    if (!isSaid) say('The server limits the rate of requests; start it with RATE_LIMIT_SCALE=10000 to go faster.');
    isSaid = true;
  };
}

try {
  await main();
} catch (error) {
  process.stderr.write(explain(error));
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `The simulation failed: ${String(error)}\n`;
  if (error instanceof UsageError) return `${error.message}\n\n${SIMULATE_USAGE}`;
  if (error instanceof NoServerError || error instanceof ImportFailedError || error instanceof UnexpectedAnswerError)
    return `${error.message}\n`;
  // fetch says only that it failed; why is in its cause.
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `The simulation failed: ${error.message}${cause}\n`;
}
