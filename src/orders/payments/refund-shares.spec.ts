import fc from 'fast-check';
import { sumOf } from '../../common/money/money.js';
import {
  amountShare,
  type GivenBack,
  NOTHING_GIVEN_BACK,
  pieceShare,
  type RefundShare,
  shareOf,
  spread,
  taxWithin,
} from './refund-shares.js';

const plus = (given: GivenBack, share: RefundShare): GivenBack => ({
  quantity: given.quantity + share.quantity,
  amount: given.amount + share.amount,
  withheldAmount: given.withheldAmount + share.withheldAmount,
  taxAmount: given.taxAmount + share.taxAmount,
});

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

describe('refunds of a whole order', () => {
  /** A line whose tax is within its total, and in which portions its pieces go back. */
  const line = fc
    .record({
      total: fc.integer({ min: 0, max: 10_000_000 }),
      permille: fc.integer({ min: 0, max: 1000 }),
      portions: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
    })
    .map(({ total, permille, portions }) => ({ total, tax: Math.floor((total * permille) / 1000), portions }));

  it('give back what was captured and all of the tax, in any parts, in any order, over any payments (M8)', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
        (lines, shipping, payments, order) => {
          const items = [...lines, { total: shipping, tax: Math.floor(shipping / 7), portions: [1] }];
          const whole = items.reduce((sum, { total }) => sum + total, 0);
          // The payments come to the total exactly, however it was split.
          const captured: number[] = [];
          for (const amount of payments)
            captured.push(Math.min(amount, whole - sumOf(captured.map((a) => ({ amount: a })))));
          captured.push(whole - captured.reduce((sum, amount) => sum + amount, 0));
          const returned = captured.map(() => 0);
          const given = items.map(() => NOTHING_GIVEN_BACK);
          const steps = items.flatMap(({ portions }, index) => portions.map((pieces) => ({ index, pieces })));
          const shuffled = steps
            .map((step, place) => ({ step, key: order[place % order.length]! }))
            .sort((left, right) => left.key - right.key);
          for (const { step } of shuffled) {
            const { total, tax, portions } = items[step.index]!;
            const base = { lineId: String(step.index), total, tax, given: given[step.index]! };
            const ordered = portions.reduce((sum, pieces) => sum + pieces, 0);
            const share = pieceShare(base, ordered, step.pieces);
            const parts = spread(
              [share],
              captured.map((amount, place) => amount - returned[place]!),
            );
            parts.forEach((shares, place) => {
              for (const part of shares) {
                expect(part.amount).toBeGreaterThanOrEqual(0);
                expect(part.taxAmount).toBeGreaterThanOrEqual(0);
                expect(part.taxAmount).toBeLessThanOrEqual(part.amount);
                returned[place]! += part.amount;
                given[step.index] = plus(given[step.index]!, part);
              }
            });
          }
          expect(returned).toEqual(captured);
          items.forEach(({ total, tax, portions }, index) =>
            expect(given[index]).toEqual({
              quantity: portions.reduce((sum, pieces) => sum + pieces, 0),
              amount: total,
              withheldAmount: 0,
              taxAmount: tax,
            }),
          );
        },
      ),
    );
  });

  it('keep what staff keep of a piece, also when the others go back (M8)', () => {
    const base = { lineId: 'a', total: 3000, tax: 479 };
    const first = amountShare({ ...base, given: NOTHING_GIVEN_BACK }, 800, 1, 200);
    const given = plus(NOTHING_GIVEN_BACK, first);
    const rest = pieceShare({ ...base, given }, 3, 2);
    expect([first.amount, rest.amount]).toEqual([800, 2000]);
    // 479 × 800 / 3000 = 127.7; 479 × 2800 / 3000 = 447.1
    expect([first.taxAmount, rest.taxAmount]).toEqual([128, 447 - 128]);
  });

  it('promise what a refused refund has left with the next one (M8)', () => {
    const base = { lineId: 'a', total: 1000, tax: 160 };
    const first = pieceShare({ ...base, given: NOTHING_GIVEN_BACK }, 3, 1);
    const second = pieceShare({ ...base, given: plus(NOTHING_GIVEN_BACK, first) }, 3, 1);
    // The first is refused, so it is not counted.
    const again = pieceShare({ ...base, given: plus(NOTHING_GIVEN_BACK, second) }, 3, 2);
    expect([first.amount, second.amount, again.amount]).toEqual([334, 333, 667]);
    expect(second.taxAmount + again.taxAmount).toBe(160);
  });

  it('take the tax of an amount from the first unit on, rounded half up, and never more than there is', () => {
    // 119.00 with 19 percent inside: 19.00; of one cent 0.16, of four 0.64.
    expect([1, 4, 5950, 11900].map((amount) => taxWithin(11900, 1900, amount))).toEqual([0, 1, 950, 1900]);
    const large = Number.MAX_SAFE_INTEGER;
    expect(taxWithin(large, large, large - 1)).toBe(large - 1);
  });

  it('go on with the next payment where one cannot give a share whole', () => {
    const share = pieceShare({ lineId: 'a', total: 1000, tax: 160, given: NOTHING_GIVEN_BACK }, 2, 2);
    const parts = spread([share], [0, 300, 900]);
    expect(
      parts.map((shares) => shares.map(({ quantity, amount, taxAmount }) => [quantity, amount, taxAmount])),
    ).toEqual([[], [[2, 300, 48]], [[0, 700, 112]]]);
    expect(spread([share], [300]).flat()).toMatchObject([{ quantity: 2, amount: 300 }]);
  });
});
