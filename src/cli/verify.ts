import { createContext } from '../app.setup.js';
import { AuditVerification } from '../audit/audit-verification.service.js';
import { VerificationService, type VerifiedRuleResult } from '../orders/verification/verification.service.js';
import { command, withContext } from './command.js';

const USAGE = `npm run verify

Recomputes every balance of stock, orders and payments on the database, walks the chain of the audit log, and names what does not
add up. Changes nothing, and may run beside the application. Ends with 0 when everything holds, with 1 when something does not, with 2 when it could not look.
`;

async function verifyAuditLog(verification: AuditVerification): Promise<VerifiedRuleResult> {
  const { firstProblem } = await verification.verifyAll();
  return {
    id: 'A1',
    title: 'the audit log holds what was recorded, all of it and in that order',
    breaches: firstProblem ? [{ ...firstProblem }] : [],
  };
}

await command({ usage: USAGE, failure: 'Nothing was verified', failureStatus: 2 }, () =>
  withContext(
    createContext,
    async (context) => {
      const results = [
        ...(await context.get(VerificationService, { strict: false }).verify()),
        await verifyAuditLog(context.get(AuditVerification, { strict: false })),
      ];
      for (const { id, title, breaches } of results) {
        process.stdout.write(`${breaches.length === 0 ? 'holds ' : 'BROKEN'}  ${id.padEnd(4)} ${title}\n`);
        for (const row of breaches) process.stdout.write(`              ${JSON.stringify(row)}\n`);
      }
      return results.every(({ breaches }) => breaches.length === 0);
    },
    { migrates: false },
  ),
);
