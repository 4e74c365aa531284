import fc from 'fast-check';
import { allocate } from '../common/money/money.js';
import { mergeLines, priceLine, totalsOf } from './order-totals.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

const pricedLine = fc
  .record({
    unit: fc.integer({ min: 0, max: 10_000_000 }),
    quantity: fc.integer({ min: 1, max: 10_000 }),
    discountShare: fc.double({ min: 0, max: 1, noNaN: true }),
    tax: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ unit, quantity, discountShare, tax }) => ({
    unit,
    quantity,
    tax,
    discount: Math.floor(unit * quantity * discountShare),
  }));

describe('order totals', () => {
  it('prices a line as quantity × unit price − discount + tax (M3)', () => {
    fc.assert(
      fc.property(pricedLine, ({ unit, quantity, discount, tax }) => {
        const line = priceLine(eur(unit), quantity, discount, tax);
        expect(line.total).toEqual(eur(unit * quantity - discount + tax));
        expect(Number.isSafeInteger(line.total.amount)).toBe(true);
        expect(line.discount.amount).toBeLessThanOrEqual(unit * quantity);
      }),
    );
  });

  it('sums an order so that the total is the sum of its line totals and shipping, whatever their order (M3)', () => {
    fc.assert(
      fc.property(fc.array(pricedLine, { maxLength: 50 }), fc.integer({ min: 0, max: 100_000 }), (inputs, shipping) => {
        const lines = inputs.map(({ unit, quantity, discount, tax }) => priceLine(eur(unit), quantity, discount, tax));
        const totals = totalsOf(lines, 'EUR', shipping);
        const lineSum = lines.reduce((sum, { total }) => sum + total.amount, 0);
        expect(totals.total.amount).toBe(lineSum + shipping);
        expect(totals.total.amount).toBe(
          totals.subtotal.amount - totals.discountTotal.amount + totals.shippingTotal.amount + totals.taxTotal.amount,
        );
        expect(totalsOf([...lines].reverse(), 'EUR', shipping)).toEqual(totals);
      }),
    );
  });

  it('splits an order discount over lines without losing a minor unit (M4)', () => {
    fc.assert(
      fc.property(fc.array(pricedLine, { minLength: 1, maxLength: 50 }), fc.nat(1_000_000), (inputs, discount) => {
        const weights = inputs.map(({ unit, quantity }) => unit * quantity);
        fc.pre(weights.some((weight) => weight > 0));
        const parts = allocate(discount, weights);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(discount);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        const reversed = allocate(discount, [...weights].reverse());
        expect(reversed.reduce((sum, part) => sum + part, 0)).toBe(discount);
      }),
    );
  });

  it.each([
    ['a discount above the line', () => priceLine(eur(100), 1, 101)],
    ['a negative discount', () => priceLine(eur(100), 1, -1)],
    ['an amount beyond 2^53 − 1', () => priceLine(eur(Number.MAX_SAFE_INTEGER), 2)],
    [
      'a sum beyond 2^53 − 1',
      () => totalsOf([priceLine(eur(Number.MAX_SAFE_INTEGER), 1), priceLine(eur(1), 1)], 'EUR'),
    ],
  ])('refuses %s with RangeError', (_, calculate) => {
    expect(calculate).toThrow(RangeError);
  });

  it('merges lines that share a variant and remembers where they were asked for', () => {
    const merged = mergeLines([
      { variantId: 'B', quantity: 1 },
      { variantId: 'a', quantity: 2 },
      { variantId: 'b', quantity: 3 },
    ]);
    expect(merged).toEqual([
      { variantId: 'b', quantity: 4, requestedAt: [0, 2] },
      { variantId: 'a', quantity: 2, requestedAt: [1] },
    ]);
  });

  it('keeps every piece when merging, and names no variant twice', () => {
    const lines = fc.array(
      fc.record({ variantId: fc.constantFrom('a', 'b', 'c', 'd'), quantity: fc.integer({ min: 1, max: 10_000 }) }),
    );
    fc.assert(
      fc.property(lines, (requested) => {
        const merged = mergeLines(requested);
        expect(new Set(merged.map(({ variantId }) => variantId)).size).toBe(merged.length);
        const pieces = (all: readonly { quantity: number }[]) => all.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(pieces(merged)).toBe(pieces(requested));
      }),
    );
  });
});
