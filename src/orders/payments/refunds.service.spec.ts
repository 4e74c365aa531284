import fc from 'fast-check';
import { shareOf } from './refunds.service.js';

describe('what the pieces of a line come to', () => {
  it('is the whole in however many parts, never negative, and never falls (M4, M8)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 50 }),
        (total, parts) => {
          const quantity = parts.reduce((sum, part) => sum + part, 0);
          let pieces = 0;
          let given = 0;
          for (const part of parts) {
            pieces += part;
            const share = shareOf(total, quantity, pieces) - given;
            expect(share).toBeGreaterThanOrEqual(0);
            expect(Math.abs(share - (total / quantity) * part)).toBeLessThanOrEqual(part + Math.ceil(total / 2 ** 50));
            given += share;
          }
          expect(given).toBe(total);
        },
      ),
    );
  });
});
