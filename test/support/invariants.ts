import { VerificationService } from '../../src/orders/verification/verification.service.js';
import type { TestApp } from './test-app.js';
import { TEST_RULES } from './test-rules.js';

/** Recomputes every balance, and fails naming the rules and the rows that break them. */
export async function expectInvariants(app: TestApp): Promise<void> {
  const results = await app.app.get(VerificationService, { strict: false }).verify();
  const broken: Record<string, unknown> = {};
  for (const { id, title, breaches } of results) if (breaches.length > 0) broken[`${id} ${title}`] = breaches;
  for (const [rule, sql] of Object.entries(TEST_RULES)) {
    const breaches = await app.database.query(sql);
    if (breaches.length > 0) broken[rule] = breaches;
  }
  expect(broken).toEqual({});
}
