import { newId } from '../../src/common/ids.js';
import { VerificationService } from '../../src/orders/verification/verification.service.js';
import type { TestApp } from './test-app.js';
import { TEST_RULES } from './test-rules.js';

/** Ids rise with time, so this parts the rows of this test file from those that earlier files left in the database. */
const SINCE = newId();

/** Recomputes every balance of what this test file has made, and fails naming the rules and the rows that break them. */
export async function expectInvariants(app: TestApp): Promise<void> {
  const results = await app.app.get(VerificationService, { strict: false }).verify(SINCE);
  const broken: Record<string, unknown> = {};
  for (const { id, title, breaches } of results) if (breaches.length > 0) broken[`${id} ${title}`] = breaches;
  for (const [rule, sql] of Object.entries(TEST_RULES)) {
    const breaches = await app.database.query(sql, [SINCE]);
    if (breaches.length > 0) broken[rule] = breaches;
  }
  expect(broken).toEqual({});
}
