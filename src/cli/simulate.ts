import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImportFailedError } from '../products/import/import.errors.js';
import { ImportService } from '../products/import/import.service.js';
import { findMapping } from '../products/import/mappings/parse-mapping.js';
import { findRunningInstance } from '../start/running-instance.js';
import { command, table, UsageError, wholeNumber, withContext } from './command.js';
import { createImportContext } from './import/import-context.js';
import { type Feature, FEATURES } from './simulate/expectation.js';
import { readBaskets } from './simulate/invoices.js';
import { ShopClient, UnexpectedAnswerError } from './simulate/shop-client.js';
import { Simulation, type SimulationResult } from './simulate/simulation.js';

const USAGE = `npm run simulate -- --baskets <online-retail.csv.gz> [options]

Replays real invoices against a running Storehouse: registers a shopper for each customer, places each invoice as an order paid
with the provider "fake", ships some of them in parts and takes some of that back, and proves that totals, refunds, stock, ledger and
confirmation mails are right, by arithmetic of its own. Ends with status 1 if anything is not.

For its time it makes taxes and shipping methods for orders to the Faroe Islands, Greenland and Åland, and promotions for all orders. What
happens to an invoice follows from its number.

Start the server with RATE_LIMIT_SCALE=10000, or the limits slow this down to their pace. Nobody else may order meanwhile.

  --orders <n>               invoices to replay; 2000 by default
  --parallel <n>             requests at a time; 16 by default
  --with <list>              of ${FEATURES.join(',')}; all of them by default
  --plain                    nothing of these: the prices of the file, paid
  --url <address>            of the server; by default the one that runs on DATA_DIR, or http://localhost:3000
  --admin-email <address>    who gives stock; by default the admin in DATA_DIR
  --admin-password <text>    better in ADMIN_PASSWORD, where other users of the machine cannot see it
  --json                     print the figures as JSON
`;

const DEFAULT_URL = 'http://localhost:3000';
const MAPPING = 'online-retail';
const SHOWN_PROBLEMS = 20;

/** There is no shop at the address. */
class NoServerError extends Error {
  constructor(url: string) {
    super(
      `Nothing answers at ${url}. Start the shop in another terminal with "npm start", or with "RATE_LIMIT_SCALE=10000 npm start" for full speed.`,
    );
  }
}

await command(
  {
    usage: USAGE,
    options: {
      baskets: { type: 'string' },
      orders: { type: 'string', default: '2000' },
      parallel: { type: 'string', default: '16' },
      with: { type: 'string', default: FEATURES.join() },
      plain: { type: 'boolean' },
      url: { type: 'string' },
      'admin-email': { type: 'string' },
      'admin-password': { type: 'string' },
      json: { type: 'boolean' },
    },
    failure: 'The simulation failed',
    foreseen: [NoServerError, ImportFailedError, UnexpectedAnswerError],
  },
  async (values) => {
    const { baskets: path } = values;
    if (path === undefined) throw new UsageError('Say where the invoices are: --baskets <file>.');
    const orders = wholeNumber('--orders', values.orders, 1_000_000);
    const parallel = wholeNumber('--parallel', values.parallel, 256);
    const features = values.plain ? new Set<Feature>() : featuresOf(values.with);
    const dataDir = resolve(process.env.DATA_DIR ?? '.storehouse');
    const url = (values.url ?? (await findRunningInstance(dataDir))?.apiUrl ?? DEFAULT_URL).replace(/\/+$/, '');
    say(`server: ${url}`);
    // Whatever answers will be heard.
    await fetch(`${url}/health/live`).catch(() => {
      throw new NoServerError(url);
    });
    const shop = new ShopClient(url, warnOnce());
    const baskets = await readBaskets(path, orders);
    if (baskets.invoices.length < orders) say(`the file has only ${baskets.invoices.length} such invoices`);
    const simulation = new Simulation(shop, baskets, await signInAdmin(shop, values, dataDir), parallel, say, features);
    if (!(await simulation.isCatalogueThere())) {
      if (values.url !== undefined)
        throw new UsageError(
          `The products are not there; first: npm run import -- products ${path} --mapping ${MAPPING}`,
        );
      say('importing the products …');
      await withContext(createImportContext, (context) =>
        context.get(ImportService).run({ kind: 'products', path, mapping: findMapping(MAPPING) }),
      );
      if (!(await simulation.isCatalogueThere()))
        throw new Error(`${url} does not sell the products of ${path}; is it another database?`);
    }
    const result = await simulation.execute();
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : report(result));
    return result.problems.length === 0;
  },
);

function featuresOf(list: string): Set<Feature> {
  const features = new Set(list.split(',').map((name) => name.trim()) as Feature[]);
  const unknown = [...features].filter((name) => !FEATURES.includes(name));
  if (unknown.length > 0) throw new UsageError(`--with takes of ${FEATURES.join(', ')}; not ${unknown.join(', ')}.`);
  if (features.has('returns') && !features.has('parcels'))
    throw new UsageError('Nothing comes back that is not sent: returns need parcels.');
  return features;
}

async function signInAdmin(
  shop: ShopClient,
  values: { 'admin-email'?: string; 'admin-password'?: string },
  dataDir: string,
): Promise<string> {
  const email = values['admin-email'] ?? process.env.ADMIN_EMAIL;
  const password = values['admin-password'] ?? process.env.ADMIN_PASSWORD;
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

function report(result: SimulationResult): string {
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
    [
      'of these',
      `${pounds(result.tax)} tax, ${pounds(result.shipping)} shipping, less ${pounds(result.discount)} discounts`,
    ],
    ['parcels', `${number(result.parcels)}, and ${number(result.returns)} returns`],
    ['refunded', `${pounds(result.refunded)}, by the file ${pounds(result.expectedRefund)}`],
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
      `${seconds.stock} stock, ${seconds.registering} registering, ${seconds.ordering} ordering, ${seconds.sending} sending, ${seconds.mails} waiting for mails`,
    ],
  ];
  const verdict =
    problems.length === 0
      ? ['Everything adds up.']
      : [`${problems.length} things do not add up:`, ...problems.slice(0, SHOWN_PROBLEMS)];
  return `${table(rows)}${verdict.join('\n')}\n`;
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
