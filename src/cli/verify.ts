import { parseArgs } from 'node:util';
import { createContext } from '../app.setup.js';
import { AuditVerification } from '../audit/audit-verification.service.js';
import { InvalidEnvironmentError } from '../config/environment.js';
import { VerificationService, type VerifiedRuleResult } from '../orders/verification/verification.service.js';
import { prepareEnvironment } from '../start/prepare-environment.js';

const USAGE = `npm run verify

Recomputes every balance of stock, orders and payments on the database, walks the chain of the audit log, and names what does not
add up. Changes nothing, and may run beside the application. Ends with 0 when everything holds, with 1 when something does not, with 2 when it could not look.
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
      const results = [
        ...(await context.get(VerificationService, { strict: false }).verify()),
        await verifyAuditLog(context.get(AuditVerification, { strict: false })),
      ];
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

async function verifyAuditLog(verification: AuditVerification): Promise<VerifiedRuleResult> {
  const { firstProblem } = await verification.verifyAll();
  return {
    id: 'A1',
    title: 'the audit log holds what was recorded, all of it and in that order',
    breaches: firstProblem ? [{ ...firstProblem }] : [],
  };
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
