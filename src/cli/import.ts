import { InvalidEnvironmentError } from '../config/environment.js';
import { ImportFailedError } from '../products/import/import.errors.js';
import { ImportService } from '../products/import/import.service.js';
import { findMapping } from '../products/import/mappings/parse-mapping.js';
import { rejectsPathFor } from '../products/import/rejects-file.js';
import { IMPORT_USAGE, readArguments } from './import/import-arguments.js';
import { withImportContext } from './import/import-context.js';
import { asJson, asTable } from './import/import-report.js';
import { ProgressLine } from './import/progress-line.js';
import { UsageError } from './usage-error.js';

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (!args) {
    process.stdout.write(IMPORT_USAGE);
    return;
  }
  const mapping = args.mapping === undefined ? undefined : await findMapping(args.mapping);
  const rejectsPath = args.rejects ?? (await rejectsPathFor(args.path));
  const progress = new ProgressLine();
  await withImportContext(async (context) => {
    const started = performance.now();
    const result = await context
      .get(ImportService)
      .run({ ...args, mapping, rejectsPath, onProgress: (state) => progress.show(state) })
      .finally(() => progress.end());
    const cost = {
      seconds: Math.round(performance.now() - started) / 1_000,
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
    };
    process.stdout.write(args.asJson ? `${asJson(result, cost)}\n` : asTable(result, cost));
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(explain(error));
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${IMPORT_USAGE}`;
  if (error instanceof ImportFailedError || error instanceof InvalidEnvironmentError) return `${error.message}\n`;
  const reason = error instanceof Error ? error.message || String(error) : String(error);
  return `The import failed; run it again to go on where it stopped: ${reason}\n`;
}
