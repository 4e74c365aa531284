import { SourceFile } from '../../products/import/reading/source-file.js';

/** One invoice of the wholesaler, its lines of one stock code added up. */
export interface Invoice {
  readonly number: string;
  readonly customer: string;
  /** Pieces by stock code, in capitals. */
  readonly pieces: ReadonlyMap<string, number>;
}

/** What the file says, worked out without any code of the importer but its reader. */
export interface Baskets {
  readonly invoices: readonly Invoice[];
  /** Price in pence by stock code: the most frequent one of its sales, of several the one that occurred last. */
  readonly prices: ReadonlyMap<string, number>;
  /** Lines of the invoices that were left out because their stock code is no product. */
  readonly skippedLines: number;
}

interface Line {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Description: string;
  readonly Quantity: string;
  readonly UnitPrice: string;
  readonly CustomerID: string;
}

const NO_PRODUCTS = new Set(
  'POST DOT C2 D M S B AMAZONFEE CRUK PADS DCGSSBOY DCGSSGIRL'.split(' ').concat('BANK CHARGES'),
);

/**
 * Reads the prices of all products, and the first invoices of the usual clean subset: lines with a customer, a quantity and a price. Lines
 * that are no product are left out of them, and invoices of which nothing remains.
 *
 * Prices are counted in whole pence from the digits of the file, so the sum over invoices is exact.
 */
export async function readBaskets(path: string, wanted: number): Promise<Baskets> {
  const prices = await readPrices(path);
  const invoices = new Map<string, { number: string; customer: string; pieces: Map<string, number> }>();
  let skippedLines = 0;
  for await (const line of lines(path)) {
    if (line.CustomerID === '' || Number(line.Quantity) <= 0 || Number(line.UnitPrice) <= 0) continue;
    const code = line.StockCode.toUpperCase();
    const isProduct = prices.has(code);
    const known = invoices.get(line.InvoiceNo);
    if (!known && (invoices.size === wanted || !isProduct)) continue;
    const invoice = known ?? { number: line.InvoiceNo, customer: line.CustomerID, pieces: new Map<string, number>() };
    invoices.set(line.InvoiceNo, invoice);
    if (isProduct) invoice.pieces.set(code, (invoice.pieces.get(code) ?? 0) + Number(line.Quantity));
    else skippedLines += 1;
  }
  return { prices, invoices: [...invoices.values()], skippedLines };
}

async function readPrices(path: string): Promise<Map<string, number>> {
  /** How many sales of a code carry a price; the price that occurred last stands last. */
  const sales = new Map<string, Map<number, number>>();
  for await (const line of lines(path)) {
    const code = line.StockCode.toUpperCase();
    if (!isSale(line, code)) continue;
    const counts = sales.get(code) ?? new Map<number, number>();
    const price = pence(line.UnitPrice)!;
    const count = (counts.get(price) ?? 0) + 1;
    counts.delete(price);
    sales.set(code, counts.set(price, count));
  }
  return new Map([...sales].map(([code, counts]) => [code, mostFrequent(counts)]));
}

async function* lines(path: string): AsyncGenerator<Line> {
  const file = await SourceFile.open(path);
  for await (const rows of file.rows({ format: 'csv' })) {
    for (const { values } of rows) if (values) yield values as unknown as Line;
  }
}

function isSale({ InvoiceNo, Description, Quantity, UnitPrice }: Line, code: string): boolean {
  if (/^[CA]/.test(InvoiceNo) || NO_PRODUCTS.has(code) || Description.trim() === '') return false;
  const price = pence(UnitPrice);
  return Number(Quantity) > 0 && price !== null && price > 0;
}

/** The price in pence; null when it is negative or has fractions of a penny. */
function pence(decimal: string): number | null {
  const match = /^(\d+)(?:\.(\d{1,2})0*)?$/.exec(decimal);
  return match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : null;
}

/** Of several the last. */
function mostFrequent(counts: ReadonlyMap<number, number>): number {
  return [...counts].reduce((best, one) => (one[1] >= best[1] ? one : best))[0];
}
