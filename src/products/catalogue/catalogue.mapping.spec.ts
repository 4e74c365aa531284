import type { ProductTuple, VariantTuple } from './catalogue-sql.js';
import { toProductResponse, toProductStaffResponse } from './catalogue.mapping.js';

const variant = (overrides: Partial<Record<number, unknown>> = {}): VariantTuple =>
  Object.assign(
    ['v1', 'SKU', { Size: 'S' }, null, null, 0, 1999, null, 'low', 'p1', true, false, 1, '2026-01-01T12:00:00+00:00']
      .concat(['2026-01-01T12:00:00+00:00'] as never)
      .concat([5, 2, [['EUR', 1999, null]]] as never),
    overrides,
  ) as unknown as VariantTuple;
const product = (createdAt: string, variants: VariantTuple[] | null = [variant()]): { product: ProductTuple } => ({
  product: [
    'p1',
    'mug',
    'Mug',
    '',
    null,
    'published',
    [],
    {},
    [{ name: 'Size', values: ['S'] }],
    3,
    createdAt,
    createdAt,
    null,
    null,
    variants,
    'standard',
  ],
});

describe('catalogue mapping', () => {
  it.each([
    ['2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00.000Z'],
    ['2026-01-01T12:00:00.5+00:00', '2026-01-01T12:00:00.500Z'],
    ['2026-01-01T12:00:00.123456+00:00', '2026-01-01T12:00:00.123Z'],
    ['2026-01-01T14:00:00.25+02:00', '2026-01-01T12:00:00.250Z'],
    ['2026-01-01T17:30:00.999999+05:30', '2026-01-01T12:00:00.999Z'],
  ])('writes the instant %s as %s', (stored, sent) => {
    expect(toProductResponse(product(stored), 'EUR').createdAt).toBe(sent);
  });

  it('gives the public no stock, no other prices and no version of a variant', () => {
    expect(toProductResponse(product('2026-01-01T12:00:00+00:00'), 'EUR').variants).toEqual([
      {
        id: 'v1',
        sku: 'SKU',
        name: 'Mug (S)',
        options: { Size: 'S' },
        price: { amount: 1999, currency: 'EUR' },
        availability: 'low',
        position: 0,
      },
    ]);
  });

  it('gives staff stock and every price', () => {
    const [mapped] = toProductStaffResponse(product('2026-01-01T12:00:00+00:00'), 'EUR').variants;
    expect(mapped).toMatchObject({
      productId: 'p1',
      onHand: 5,
      reserved: 2,
      available: 3,
      requiresShipping: true,
      isArchived: false,
      prices: [{ amount: 1999, currency: 'EUR', compareAtAmount: null }],
      version: 1,
    });
  });

  it('leaves out what a variant does not have, and shows what it has', () => {
    const full = variant({ 3: '200', 4: 0, 6: 1, 7: 2 });
    const [mapped] = toProductResponse(product('2026-01-01T12:00:00+00:00', [full]), 'JPY').variants;
    expect(mapped).toMatchObject({ barcode: '200', weightGrams: 0, compareAtPrice: { amount: 2, currency: 'JPY' } });
    expect(toProductResponse(product('2026-01-01T12:00:00+00:00', null), 'EUR').variants).toEqual([]);
  });
});
