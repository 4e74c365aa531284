import 'reflect-metadata';
import { outcomeOf } from './import-format.js';
import { nativeProducts } from './native-products.js';

const good = {
  slug: 'mug',
  name: 'Mug',
  options: [{ name: 'Size', values: ['S', 'L'] }],
  variants: [
    { sku: 'MUG-S', options: { Size: 'S' }, prices: [{ amount: 100, currency: 'EUR' }], weightGrams: 5, onHand: 3 },
  ],
};
const read = (row: Record<string, unknown>) =>
  outcomeOf(nativeProducts, { line: 1, lastLine: 1, text: '', values: row });
const messageOf = (row: Record<string, unknown>): string => {
  const outcome = read(row);
  return 'refusals' in outcome ? outcome.refusals[0].message : 'accepted';
};
const withVariant = (overrides: Record<string, unknown>) => ({
  ...good,
  variants: [{ ...good.variants[0], ...overrides }],
});

describe('the native format', () => {
  it('takes everything but slug, name and variants as optional, and options from the variants', () => {
    expect(read({ slug: 'mug', name: ' Mug ', variants: [{ sku: 'A', options: { Size: 'S' } }] })).toEqual({
      mergeKey: 'mug',
      fragment: {
        importKey: 'native:mug',
        slug: 'mug',
        name: 'Mug',
        description: '',
        brand: '',
        status: 'draft',
        isStatusStated: true,
        categories: [],
        tags: [],
        attributes: {},
        options: [{ name: 'Size', values: ['S'] }],
        variants: [{ sku: 'A', options: { Size: 'S' }, barcode: null, weightGrams: null, prices: [], onHand: null }],
      },
    });
  });

  it.each([
    [{ ...good, slug: undefined }, 'slug must be a text'],
    [{ ...good, slug: 'Mug' }, 'slug must be lower-case letters and digits joined by single hyphens, and no UUID'],
    [{ ...good, slug: '01970c1e-1c2d-7b3e-9f4a-5b6c7d8e9f0a' }, /^slug must be .* no UUID$/],
    [{ ...good, name: ' ' }, 'name is empty'],
    [{ ...good, name: 'x'.repeat(301) }, 'name is longer than 300 characters'],
    [{ ...good, status: 'sold' }, 'status must be one of draft, published, archived'],
    [{ ...good, categories: ['Kitchen'] }, 'categories/0 must be a list of names from the top of the tree down'],
    [{ ...good, categories: [[]] }, 'a category must be a path of 1 to 10 names'],
    [{ ...good, categories: [['Kitchen', ' ']] }, 'the name of a category is empty'],
    [{ ...good, tags: ['a', 'a'] }, 'there are two equal tags'],
    [
      { ...good, attributes: { size: { w: 1 } } },
      'attributes/size must be a text, a number, true, false, or a list of these',
    ],
    [{ ...good, price: 1 }, 'price is not a member of the format'],
    [{ ...good, variants: [] }, 'variants must not be empty'],
    [{ ...good, variants: [...good.variants, ...good.variants] }, 'there are two equal SKUs'],
    [
      { ...good, variants: [...good.variants, { ...good.variants[0], sku: 'B' }] },
      'there are two equal variants with the same options',
    ],
    [withVariant({ options: {} }), 'variants/0/options must name a value of the option "Size"'],
    [withVariant({ options: { Size: 'XL' } }), 'variants/0/options/Size is not a value of this option'],
    [withVariant({ sku: ' A' }), 'the SKU " A" has control characters, or a blank at an end'],
    [withVariant({ stock: 1 }), 'variants/0/stock is not a member of the format'],
    [withVariant({ onHand: -1 }), 'variants/0/onHand must be a whole number that is not negative'],
    [withVariant({ onHand: 3_000_000_000 }), 'onHand is beyond 2,000,000,000'],
    [withVariant({ weightGrams: 1.5 }), 'variants/0/weightGrams must be a whole number that is not negative'],
    [
      withVariant({ prices: [{ amount: 1, currency: 'eur' }] }),
      'variants/0/prices/0/currency must be an ISO 4217 currency code',
    ],
    [
      withVariant({ prices: [{ amount: -1, currency: 'EUR' }] }),
      'variants/0/prices/0/amount must be a whole number that is not negative',
    ],
    [
      withVariant({
        prices: [
          { amount: 1, currency: 'EUR' },
          { amount: 2, currency: 'EUR' },
        ],
      }),
      'there are two equal prices of MUG-S in one currency',
    ],
    [
      withVariant({ compareAtPrices: [{ amount: 100, currency: 'EUR' }] }),
      'the former price of MUG-S in EUR is not above the present one',
    ],
    [
      withVariant({ compareAtPrices: [{ amount: 200, currency: 'USD' }] }),
      'variants/0/compareAtPrices has an amount in USD, in which there is no price',
    ],
  ] as [Record<string, unknown>, string | RegExp][])('refuses %j: %s', (row, message) => {
    expect(messageOf(good)).toBe('accepted');
    expect(messageOf(row)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});
