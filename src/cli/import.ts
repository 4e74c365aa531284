import { ImportFailedError } from '../products/import/import.errors.js';
import { ImportService } from '../products/import/import.service.js';
import { findMapping } from '../products/import/mappings/parse-mapping.js';
import { rejectsPathFor } from '../products/import/rejects-file.js';
import { command, UsageError, wholeNumber, withContext } from './command.js';
import { createImportContext } from './import/import-context.js';
import { asJson, asTable } from './import/import-report.js';
import { ProgressLine } from './import/progress-line.js';

const USAGE = `npm run import -- products <file> [options]
npm run import -- categories <file> --mapping <mapping>

Imports products or categories from an NDJSON or CSV file, gzipped or not. Repeating it changes nothing, and one that was
interrupted goes on where it stopped. Works while Storehouse runs, and while it does not.

  --mapping <name|file>  best-buy, best-buy-categories, pc-parts, online-retail, or a JSON file (docs/imports.md);
                         without it the file is in Storehouse's own format
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
      json: { type: 'boolean' },
    },
    allowPositionals: true,
    failure: 'The import failed; run it again to go on where it stopped',
    foreseen: [ImportFailedError],
  },
  async (values, [kind, path, ...others]) => {
    if (kind !== 'products' && kind !== 'categories')
      throw new UsageError('Say what to import: products or categories.');
    if (path === undefined) throw new UsageError('Say which file to import.');
    if (others.length > 0) throw new UsageError(`One file at a time, please; "${others.join(' ')}" is too much.`);
    const batch = values.batch === undefined ? undefined : wholeNumber('--batch', values.batch, 20_000);
    const mapping = values.mapping === undefined ? undefined : findMapping(values.mapping);
    const rejectsPath = values.rejects ?? (await rejectsPathFor(path));
    const progress = new ProgressLine();
    await withContext(createImportContext, async (context) => {
      const started = performance.now();
      const result = await context
        .get(ImportService)
        .run({
          kind,
          path,
          mapping,
          isFresh: values.fresh,
          batch,
          rejectsPath,
          onProgress: (state) => progress.show(state),
        })
        .finally(() => progress.end());
      const cost = {
        seconds: Math.round(performance.now() - started) / 1_000,
        peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
      };
      process.stdout.write(values.json ? `${asJson(result, cost)}\n` : asTable(result, cost));
    });
  },
);
