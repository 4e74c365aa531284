import 'reflect-metadata';
import type { ProductMapping } from '../mappings/mapping.js';
import { chosen, MappedProducts } from './mapped-products.js';

const base: ProductMapping = {
  name: 'test',
  kind: 'products',
  format: 'ndjson',
  columns: {
    id: { type: 'text' },
    sku: { type: 'text' },
    price: { type: 'number', optional: true },
    '*': { type: 'value', optional: true },
  },
  product: {
    key: { column: 'id' },
    name: { column: 'id' },
    status: 'published',
    attributes: { allExcept: ['id', 'sku', 'price'] },
  },
  variant: { sku: { column: 'sku' }, price: { column: 'price', currency: 'EUR' } },
};
const pieces: ProductMapping = {
  ...base,
  variant: { ...base.variant, sku: { digestPrefix: 'T' }, options: { missing: 'none', repeat: 'copy' } },
};

function assemble(mapping: ProductMapping, rows: readonly Record<string, unknown>[]) {
  const format = new MappedProducts(mapping);
  return format.assemble(
    'P',
    rows.map((row) => format.read({ id: 'P', sku: 'S', ...row }).fragment),
  );
}

describe('products through a mapping', () => {
  it('puts rows of one SKU into one variant at the price that the rule chooses', () => {
    const rows = [{ price: 1 }, { price: 2 }, { price: 1 }, { price: 3 }];
    const price = (mapping: ProductMapping) => assemble(mapping, rows).variants.map(({ prices }) => prices[0]!.amount);
    expect(price(base)).toEqual([300]);
    expect(price({ ...base, product: { ...base.product, onDisagreement: 'most_frequent' } })).toEqual([100]);
  });

  it('states that a variant has no price when no row gives one', () => {
    expect(assemble(base, [{ price: null }]).variants[0]!.prices).toEqual([
      { currency: 'EUR', amount: null, compareAtAmount: null },
    ]);
  });

  it('tells variants apart by what differs, however it is written, and by a number where nothing does', () => {
    const { attributes, options, variants } = assemble(pieces, [
      { colour: 'red', size: 1, deep: [1, 2] },
      { colour: 'red', size: '1', deep: '1, 2' },
      { colour: 'red', size: 2, deep: null },
    ]);
    expect(attributes).toEqual({ colour: 'red' });
    expect(options.map(({ name }) => name)).toEqual(['size', 'deep', 'copy']);
    expect(variants.map((variant) => variant.options)).toEqual([
      { size: '1', deep: '1, 2', copy: '1' },
      { size: '1', deep: '1, 2', copy: '2' },
      { size: '2', deep: 'none', copy: '1' },
    ]);
  });

  it('numbers a variant whose value is the very text that stands for a missing one', () => {
    const { variants } = assemble(pieces, [{ colour: 'none' }, { colour: [] }, { colour: 'red' }]);
    expect(variants.map(({ options }) => options)).toEqual([
      { colour: 'none', copy: '1' },
      { colour: 'none', copy: '2' },
      { colour: 'red', copy: '1' },
    ]);
  });

  it('makes the SKU of a row from what the row says but its price, so that a new price keeps it', () => {
    const skuOf = (row: Record<string, unknown>) => assemble(pieces, [row]).variants[0]!.sku;
    expect(skuOf({ colour: 'red', price: 1 })).toBe(skuOf({ price: 2, colour: 'red' }));
    expect(skuOf({ colour: 'red' })).not.toBe(skuOf({ colour: 'blue' }));
    expect(skuOf({ colour: 'red' })).not.toBe(skuOf({ tint: 'red' }));
    expect(skuOf({ colour: 'red' })).not.toBe(skuOf({ colour: 'red', id: 'Q' }));
  });

  it('refuses two SKUs of one product when nothing can tell them apart', () => {
    expect(() => assemble(base, [{ sku: 'A' }, { sku: 'B' }])).toThrow(
      'there are two equal variants with the same options',
    );
  });

  it.each([
    ['1e400', Number('1e400')],
    ['-0.01', -0.01],
    ['1e21', 1e21],
    ['9007199254740993', Number('90071992547409.93')],
  ])('refuses the price %s instead of guessing', (_, price) => {
    expect(() => assemble(base, [{ price }])).toThrow(/price/);
  });
});

describe('chosen', () => {
  it('takes the last value by the rule "latest"', () => {
    expect(chosen([1, 2, 1, 3], 'latest')).toBe(3);
  });

  it('takes the most frequent value, and of equally frequent ones that which occurs last', () => {
    expect(chosen([1, 2, 1, 3], 'most_frequent')).toBe(1);
    expect(chosen([1, 2, 2, 1], 'most_frequent')).toBe(1);
    expect(chosen([2, 1, 1, 2, 3], 'most_frequent')).toBe(2);
  });

  it.each(['latest', 'most_frequent'] as const)(
    'ignores what is missing, and gives nothing for nothing: %s',
    (rule) => {
      expect(chosen([null, 'a', undefined, null], rule)).toBe('a');
      expect(chosen([null, undefined], rule)).toBeUndefined();
    },
  );
});
