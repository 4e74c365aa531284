import { ImportFailedError } from '../products/import/import.errors.js';
import { OrderImportService } from '../orders/import/order-import.service.js';
import { ImportService } from '../products/import/import.service.js';
import type { ImportProgress } from '../products/import/import-counts.js';
import type { Mapping, OrderMapping } from '../products/import/mappings/mapping.js';
import { findMapping, parseMapping } from '../products/import/mappings/parse-mapping.js';
import { rejectsPathFor } from '../products/import/rejects-file.js';
import { command, UsageError, wholeNumber, withContext } from './command.js';
import { createImportContext } from './import/import-context.js';
import { asJson, asTable } from './import/import-report.js';
import { ProgressLine } from './import/progress-line.js';

const USAGE = `npm run import -- products <file> [options]
npm run import -- categories <file> --mapping <mapping>
npm run import -- orders <file> --mapping <mapping>

Imports products, categories or orders of the past from an NDJSON or CSV file, gzipped or not. Repeating it changes nothing, and
one that was interrupted goes on where it stopped. Works while Storehouse runs, and while it does not.

  --mapping <name|file>  best-buy, best-buy-categories, pc-parts, online-retail, online-retail-orders, or a JSON file
                         (docs/imports.md); without it the file is in Storehouse's own format
  --prefix <letters->    orders: what stands before each number, instead of what the mapping says
  --dry-run              orders: say what would happen, and change nothing
  --rejects <file>       where refused rows go; <file>.rejects.ndjson by default
  --fresh                start over instead of going on where an earlier run stopped
  --batch <rows>         rows of one transaction; 2000 by default
  --json                 print the result as JSON
`;

await command(
  {
    usage: USAGE,
    options: {
      mapping: { type: 'string', short: 'm' },
      rejects: { type: 'string' },
      fresh: { type: 'boolean' },
      batch: { type: 'string' },
      prefix: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    allowPositionals: true,
    failure: 'The import failed; run it again to go on where it stopped',
    foreseen: [ImportFailedError],
  },
  async (values, [kind, path, ...others]) => {
    if (kind !== 'products' && kind !== 'categories' && kind !== 'orders')
      throw new UsageError('Say what to import: products, categories or orders.');
    if (kind !== 'orders' && (values.prefix !== undefined || values['dry-run']))
      throw new UsageError('--prefix and --dry-run are for orders.');
    if (path === undefined) throw new UsageError('Say which file to import.');
    if (others.length > 0) throw new UsageError(`One file at a time, please; "${others.join(' ')}" is too much.`);
    const batch = values.batch === undefined ? undefined : wholeNumber('--batch', values.batch, 20_000);
    const mapping = values.mapping === undefined ? undefined : findMapping(values.mapping);
    const rejectsPath = values.rejects ?? (await rejectsPathFor(path));
    const progress = new ProgressLine();
    await withContext(createImportContext, async (context) => {
      const started = performance.now();
      const options = {
        path,
        isFresh: values.fresh,
        batch,
        rejectsPath,
        onProgress: (state: ImportProgress) => progress.show(state),
      };
      const importing =
        kind === 'orders'
          ? context
              .get(OrderImportService)
              .run({ ...options, mapping: orderMapping(mapping, values.prefix), isDryRun: values['dry-run'] })
          : context.get(ImportService).run({ ...options, kind, mapping });
      const result = await importing.finally(() => progress.end());
      const cost = {
        seconds: Math.round(performance.now() - started) / 1_000,
        peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
      };
      process.stdout.write(values.json ? `${asJson(result, cost)}\n` : asTable(result, cost));
    });
  },
);

/** @throws ImportFailedError for a mapping of something else, or none; MappingError for a prefix that no number may have. */
function orderMapping(mapping: Mapping | undefined, prefix: string | undefined): OrderMapping {
  if (!mapping) throw new ImportFailedError('Orders need a mapping, such as --mapping online-retail-orders.');
  if (mapping.kind !== 'orders')
    throw new ImportFailedError(`The mapping ${mapping.name} is for ${mapping.kind}, not for orders.`);
  if (prefix === undefined) return mapping;
  return parseMapping({ ...mapping, order: { ...mapping.order, prefix } }, mapping.name) as OrderMapping;
}
