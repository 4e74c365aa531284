import { ImportService } from '../products/import/import.service.js';
import { command, withContext } from './command.js';
import { createImportContext } from './import/import-context.js';

const USAGE = `npm run seed

Loads the demo catalogue, unless there is any product.
`;

await command({ usage: USAGE, failure: 'The demo catalogue could not be loaded' }, () =>
  withContext(createImportContext, async (context) => {
    const count = await context.get(ImportService).loadDemoCatalogue();
    process.stdout.write(
      count > 0 ? `${count} products of the demo catalogue loaded.\n` : 'There are products already; nothing to do.\n',
    );
  }),
);
