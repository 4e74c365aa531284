import fc from 'fast-check';
import { splitByLocation } from './fulfilment-split.js';

const ofOne = (quantity: number) => [{ lineId: 'line', variantId: 'mug', quantity }];
const held = (locationId: string, quantity: number, variantId = 'mug') => ({ locationId, variantId, quantity });

describe('splitting an order over locations', () => {
  it('takes what one location can give from there', () => {
    expect(splitByLocation(ofOne(3), [held('north', 3), held('south', 2)], 'main').parcels).toEqual([
      { locationId: 'north', lines: [{ lineId: 'line', quantity: 3 }] },
    ]);
  });

  it('lets the location with most of the pieces give first, and the others the rest', () => {
    const free = [held('north', 1), held('south', 4), held('south', 1, 'cup')];
    const lines = [...ofOne(5), { lineId: 'other', variantId: 'cup', quantity: 1 }];
    expect(splitByLocation(lines, free, 'main').parcels).toEqual([
      {
        locationId: 'south',
        lines: [
          { lineId: 'line', quantity: 4 },
          { lineId: 'other', quantity: 1 },
        ],
      },
      { locationId: 'north', lines: [{ lineId: 'line', quantity: 1 }] },
    ]);
  });

  it('shares the stock of a variant between the lines that have it', () => {
    const lines = [
      { lineId: 'one', variantId: 'mug', quantity: 2 },
      { lineId: 'two', variantId: 'mug', quantity: 2 },
    ];
    const { parcels, missing } = splitByLocation(lines, [held('north', 3)], 'main');
    expect(parcels).toEqual([
      {
        locationId: 'north',
        lines: [
          { lineId: 'one', quantity: 2 },
          { lineId: 'two', quantity: 1 },
        ],
      },
    ]);
    expect([...missing]).toEqual([['two', 1]]);
  });

  it('puts what holds no stock into the first parcel, or into one of its own', () => {
    const engraving = { lineId: 'engraving', variantId: null, quantity: 2 };
    expect(splitByLocation([...ofOne(1), engraving], [held('north', 1)], 'main').parcels).toEqual([
      {
        locationId: 'north',
        lines: [
          { lineId: 'line', quantity: 1 },
          { lineId: 'engraving', quantity: 2 },
        ],
      },
    ]);
    expect(splitByLocation([engraving], [], 'main').parcels).toEqual([
      { locationId: 'main', lines: [{ lineId: 'engraving', quantity: 2 }] },
    ]);
  });

  it('sends or misses each piece once, and takes no more than a location holds', () => {
    const variant = fc.constantFrom('mug', 'cup', 'pot');
    const lines = fc.array(fc.record({ variantId: variant, quantity: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 5,
    });
    const free = fc.uniqueArray(
      fc.record({
        locationId: fc.constantFrom('north', 'south', 'west'),
        variantId: variant,
        quantity: fc.integer({ min: -1, max: 9 }),
      }),
      { selector: ({ locationId, variantId }) => locationId + variantId, maxLength: 9 },
    );
    fc.assert(
      fc.property(lines, free, (some, stock) => {
        const wanted = some.map((one, index) => ({ ...one, lineId: `${index}` }));
        const { parcels, missing } = splitByLocation(wanted, stock, 'main');
        const sent = parcels.flatMap(({ locationId, lines }) => lines.map((part) => ({ locationId, ...part })));
        for (const { lineId, quantity } of wanted) {
          const pieces = sent.filter((part) => part.lineId === lineId).reduce((sum, part) => sum + part.quantity, 0);
          expect(pieces + (missing.get(lineId) ?? 0)).toBe(quantity);
        }
        for (const { locationId, variantId, quantity } of stock) {
          const taken = sent.filter(
            (part) => part.locationId === locationId && wanted[Number(part.lineId)]!.variantId === variantId,
          );
          expect(taken.reduce((sum, part) => sum + part.quantity, 0)).toBeLessThanOrEqual(Math.max(quantity, 0));
        }
        expect(new Set(parcels.map(({ locationId }) => locationId)).size).toBe(parcels.length);
      }),
    );
  });
});
