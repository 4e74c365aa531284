import fc from 'fast-check';
import { shippedValue } from './shipped-value.js';

const order = {
  totalAmount: 1_200,
  shippingTotalAmount: 190,
  shippingTaxAmount: 10,
  pricesIncludeTax: false,
};
const line = (totalAmount: number, quantity: number, fulfilledQuantity: number, cancelledQuantity = 0) => ({
  totalAmount,
  quantity,
  fulfilledQuantity,
  cancelledQuantity,
});

describe('what has been shipped comes to', () => {
  it('nothing before the first parcel, and shipping with it', () => {
    expect(shippedValue(order, [line(1_000, 3, 0)])).toBe(0);
    expect(shippedValue(order, [line(1_000, 3, 1)])).toBe(334 + 200);
    expect(shippedValue({ ...order, pricesIncludeTax: true }, [line(1_000, 3, 1)])).toBe(334 + 190);
  });

  it('the total once nothing is left, what was cancelled included', () => {
    expect(shippedValue(order, [line(1_000, 3, 3)])).toBe(1_200);
    expect(shippedValue(order, [line(1_000, 3, 2, 1)])).toBe(1_200);
  });

  it('never less after a further parcel, and never more than the total', () => {
    const lines = fc.array(
      fc.record({
        totalAmount: fc.integer({ min: 0, max: 1_000_000 }),
        quantity: fc.integer({ min: 1, max: 9 }),
        steps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(lines, fc.nat(10_000), fc.nat(2_000), fc.boolean(), (rows, shipping, tax, pricesIncludeTax) => {
        const total =
          rows.reduce((sum, { totalAmount }) => sum + totalAmount, 0) + shipping + (pricesIncludeTax ? 0 : tax);
        const priced = {
          totalAmount: total,
          shippingTotalAmount: shipping,
          shippingTaxAmount: tax,
          pricesIncludeTax,
        };
        const shippedBy = (step: number) =>
          rows.map(({ totalAmount, quantity, steps }) => {
            const pieces = steps.slice(0, step).reduce((sum, count) => sum + count, 0);
            return line(totalAmount, quantity, step > steps.length ? quantity : Math.min(pieces, quantity));
          });
        const values = [0, 1, 2, 3, 4, 5, 6].map((step) => shippedValue(priced, shippedBy(step)));
        expect(values).toEqual([...values].sort((left, right) => left - right));
        expect(values.at(-1)).toBe(total);
      }),
    );
  });
});
