import type { Changes } from '../../products/import/import-counts.js';
import type { ImportResult, OrderImportResult } from '../../products/import/import.service.js';
import { minorDigits } from '../../common/money/currencies.js';
import { table } from '../command.js';

/** How long the import took, and the most memory it held. */
export interface ImportCost {
  readonly seconds: number;
  readonly peakMemoryMiB: number;
}

/** The result as one JSON object; sums of money as decimal text by currency. */
export function asJson(result: ImportResult | OrderImportResult, cost: ImportCost): string {
  const figures =
    'orders' in result
      ? { orders: { ...result.orders, totals: decimals(result.orders.totals) } }
      : { catalogue: { ...result.catalogue, priceSums: decimals(result.catalogue.priceSums) } };
  return JSON.stringify({ ...result, ...figures, ...cost }, null, 2);
}

/** The result as a small table for people. */
export function asTable(result: ImportResult | OrderImportResult, cost: ImportCost): string {
  const { counts } = result;
  const reasons = Object.entries(counts.reasons).sort(([, left], [, right]) => right.refused - left.refused);
  const rows: [string, string][] = [
    ['rows', number(counts.rows)],
    ['accepted', number(counts.accepted)],
    ['refused', number(counts.refused)],
    ...reasons.map(([code, { refused, applied }]): [string, string] => [
      `  ${code}`,
      refused === applied ? number(refused) : `${number(refused)}   (applies to ${number(applied)})`,
    ]),
    ...Object.entries(counts.references).map(([code, count]): [string, string] => [
      `references: ${code}`,
      number(count),
    ]),
    ...changes('products', counts.products),
    ...changes('variants', counts.variants),
    ...changes('categories', counts.categories),
    ...some('prices set', counts.prices.set),
    ...some('prices removed', counts.prices.removed),
    ...some('stock changed', counts.stock.changed),
    ...changes('orders', counts.orders),
    ...some('lines of orders', counts.orderLines.created),
    ...figures(result),
    ['took', `${cost.seconds.toFixed(1)} s, ${cost.peakMemoryMiB} MiB`],
    ...(result.rejectsPath === null ? [] : [['refused rows in', result.rejectsPath] satisfies [string, string]]),
  ];
  const kind = 'orders' in result && result.isDryRun ? 'Dry run, nothing of which was kept,' : 'Import';
  return `${kind} with the mapping ${result.mapping}${result.isResumed ? ', resumed' : ''}\n${table(rows, '  ')}`;
}

function figures(result: ImportResult | OrderImportResult): [string, string][] {
  if ('orders' in result) {
    const { orders, lines, customers, totals } = result.orders;
    return [
      ['in the books', `${number(orders)} past orders, ${number(lines)} lines, ${number(customers)} customers`],
      ['', sumsOf(totals)],
    ];
  }
  const { products, variants, brands, categoryNames, prices, priceSums } = result.catalogue;
  const sums = sumsOf(priceSums);
  return [
    ['in the catalogue', `${number(products)} products, ${number(variants)} variants, ${number(brands)} brands`],
    ['', `${number(categoryNames)} category names, ${number(prices)} prices${sums === '' ? '' : `: ${sums}`}`],
  ];
}

function sumsOf(sums: Readonly<Record<string, string>>): string {
  return Object.entries(decimals(sums))
    .map(([currency, sum]) => `${currency} ${sum}`)
    .join(', ');
}

function changes(name: string, { created, updated, unchanged }: Changes): [string, string][] {
  if (created + updated + unchanged === 0) return [];
  return [[name, `${number(created)} created, ${number(updated)} updated, ${number(unchanged)} unchanged`]];
}

function some(name: string, count: number): [string, string][] {
  return count === 0 ? [] : [[name, number(count)]];
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** Minor units as decimal text, exactly: "413" in USD is "4.13". */
function decimals(sums: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sums).map(([currency, sum]) => {
      const digits = minorDigits(currency);
      const padded = sum.padStart(digits + 1, '0');
      return [currency, digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`];
    }),
  );
}
