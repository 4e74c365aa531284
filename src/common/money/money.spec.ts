import fc from 'fast-check';
import { add, allocate, CurrencyMismatchError, money, multiply } from './money.js';

const MAX = Number.MAX_SAFE_INTEGER;
const weights = fc
  .array(fc.nat(1_000_000), { minLength: 1, maxLength: 50 })
  .filter((all) => all.some((weight) => weight > 0));
const sum = (parts: readonly number[]) => parts.reduce((left, right) => left + right, 0);

describe('allocate', () => {
  it('loses and adds no minor unit, whatever the amount and the weights', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), weights, (total, given) => {
        expect(sum(allocate(total, given))).toBe(total);
      }),
    );
  });

  it('gives no part of the other sign, and nothing to a weight of zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), weights, (total, given) => {
        const parts = allocate(total, given);
        expect(parts.every((part) => part * total >= 0)).toBe(true);
        expect(given.every((weight, index) => weight > 0 || parts[index] === 0)).toBe(true);
      }),
    );
  });

  it('is never a whole unit away from the exact share', () => {
    fc.assert(
      fc.property(fc.nat(1e9), weights, (total, given) => {
        const all = sum(given);
        allocate(total, given).forEach((part, index) =>
          expect(Math.abs(part - (total * given[index]!) / all)).toBeLessThan(1),
        );
      }),
    );
  });

  it('sums to the same in any order of the lines', () => {
    fc.assert(
      fc.property(fc.nat(1e12), weights, (total, given) => {
        expect(sum(allocate(total, [...given].reverse()))).toBe(sum(allocate(total, given)));
      }),
    );
  });

  it('gives the odd unit to the largest remainder, on a tie to the earlier line', () => {
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(10, [1, 2])).toEqual([3, 7]);
    expect(allocate(-5, [1, 1])).toEqual([-3, -2]);
    expect(allocate(0, [1, 2])).toEqual([0, 0]);
    expect(allocate(1, [0, 1])).toEqual([0, 1]);
  });

  it('stays exact at the end of the range', () => {
    expect(sum(allocate(MAX, [MAX, MAX, 1]))).toBe(MAX);
    expect(allocate(MAX, [1])).toEqual([MAX]);
  });

  it.each([[[]], [[0, 0]], [[1, -1]], [[0.5]], [[MAX + 1]]])('refuses the weights %p', (given) => {
    expect(() => allocate(100, given)).toThrow(RangeError);
  });

  it.each([0.5, NaN, Infinity, MAX + 1])('refuses the amount %p', (total) => {
    expect(() => allocate(total, [1])).toThrow(RangeError);
  });
});

describe('money', () => {
  it('adds and multiplies exactly', () => {
    expect(add(money(1999, 'EUR'), money(1, 'EUR'))).toEqual({ amount: 2000, currency: 'EUR' });
    expect(multiply(money(1999, 'EUR'), 3)).toEqual({ amount: 5997, currency: 'EUR' });
    expect(multiply(money(1999, 'EUR'), 0)).toEqual({ amount: 0, currency: 'EUR' });
  });

  it('refuses to add two currencies', () => {
    expect(() => add(money(1, 'EUR'), money(1, 'USD'))).toThrow(CurrencyMismatchError);
  });

  it('refuses what a number cannot hold exactly instead of rounding it', () => {
    expect(() => money(0.1, 'EUR')).toThrow(RangeError);
    expect(() => money(MAX + 1, 'EUR')).toThrow(RangeError);
    expect(() => add(money(MAX, 'EUR'), money(1, 'EUR'))).toThrow(RangeError);
    expect(() => multiply(money(MAX, 'EUR'), 2)).toThrow(RangeError);
    expect(() => multiply(money(2, 'EUR'), 0.5)).toThrow(RangeError);
  });
});
