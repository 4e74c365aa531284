import { InvalidEnvironmentError } from '../config/environment.js';
import { DemoCatalogue } from '../products/import/demo-catalogue.js';
import { withImportContext } from './import/import-context.js';

try {
  await withImportContext(async (context) => {
    const count = await context.get(DemoCatalogue).loadOnce();
    process.stdout.write(
      count > 0 ? `${count} products of the demo catalogue loaded.\n` : 'There are products already; nothing to do.\n',
    );
  });
} catch (error) {
  const reason = error instanceof Error ? error.message || String(error) : String(error);
  process.stderr.write(
    `${error instanceof InvalidEnvironmentError ? '' : 'The demo catalogue could not be loaded: '}${reason}\n`,
  );
  process.exitCode = 1;
}
