import { parseArgs } from 'node:util';
import { createContext } from '../app.setup.js';
import { InvalidEnvironmentError } from '../config/environment.js';
import { VerificationService } from '../orders/verification/verification.service.js';
import { prepareEnvironment } from '../start/prepare-environment.js';

const USAGE = `npm run verify

Recomputes every balance of stock, orders and payments on the database, and names what does not add up. Changes nothing, and
may run beside the application. Ends with 0 when everything holds, with 1 when something does not, with 2 when it could not look.
`;

/** @returns whether everything holds. */
async function verify(): Promise<boolean> {
  // Only the database is read here: no HTTP, no jobs, and no news unless something is wrong.
  process.env.ROLE = 'api';
  process.env.LOG_LEVEL ??= 'warn';
  const prepared = await prepareEnvironment({ attach: true });
  try {
    const context = await createContext(prepared.environment);
    try {
      const results = await context.get(VerificationService, { strict: false }).verify();
      for (const { id, title, breaches } of results) {
        process.stdout.write(`${breaches.length === 0 ? 'holds ' : 'BROKEN'}  ${id.padEnd(4)} ${title}\n`);
        for (const row of breaches) process.stdout.write(`              ${JSON.stringify(row)}\n`);
      }
      return results.every(({ breaches }) => breaches.length === 0);
    } finally {
      await context.close();
    }
  } finally {
    await prepared.stop();
  }
}

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  process.stdout.write(USAGE);
} else {
  try {
    process.exitCode = (await verify()) ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      error instanceof InvalidEnvironmentError ? `${message}\n` : `Nothing was verified: ${message}\n`,
    );
    process.exitCode = 2;
  }
}
