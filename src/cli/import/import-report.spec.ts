import { noCounts } from '../../products/import/import-counts.js';
import type { ImportResult } from '../../products/import/import.service.js';
import { asJson, asTable } from './import-report.js';

const result = (priceSums: Record<string, string>): ImportResult => ({
  runId: 'run',
  mapping: 'test',
  isResumed: true,
  counts: {
    ...noCounts(),
    rows: 1234,
    reasons: { rare: { refused: 1, applied: 1 }, often: { refused: 20, applied: 25 } },
  },
  catalogue: { products: 1, productNames: 1, brands: 1, categoryNames: 1, variants: 1, prices: 1, priceSums },
  rejectsPath: null,
});
const cost = { seconds: 1.25, peakMemoryMiB: 100 };

describe('the report of an import', () => {
  it('writes sums of minor units as decimals, exactly and in the digits of the currency', () => {
    const sums = { USD: '412975389', EUR: '5', JPY: '120', BHD: '1005', GBP: '9007199254740993' };
    const { catalogue } = JSON.parse(asJson(result(sums), cost)) as { catalogue: { priceSums: unknown } };
    expect(catalogue.priceSums).toEqual({
      USD: '4129753.89',
      EUR: '0.05',
      JPY: '120',
      BHD: '1.005',
      GBP: '90071992547409.93',
    });
  });

  it('lists reasons by how often they refused a row, and says where they applied more often', () => {
    const table = asTable(result({}), cost);
    expect(table).toMatch(/^Import with the mapping test, resumed$/m);
    expect(table).toMatch(/^ {4}often +20 {3}\(applies to 25\)\n {4}rare +1$/m);
  });
});
