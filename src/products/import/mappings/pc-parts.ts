import type { ProductMapping } from './mapping.js';

/**
 * PC parts: each row is a variant, and rows of one category and name are one product.
 *
 * `price_per_gb` is left out: it is the price again, and would be wrong as soon as the price changes.
 */
export const pcParts: ProductMapping = {
  name: 'pc-parts',
  kind: 'products',
  format: 'ndjson',
  columns: {
    category: { type: 'text' },
    name: { type: 'text' },
    price: { type: 'number', optional: true },
    price_per_gb: { type: 'number', optional: true },
    '*': { type: 'value', optional: true },
  },
  refuse: [
    { code: 'price_negative', message: 'the price is below zero', column: 'price', when: { isBelow: 0 } },
    {
      code: 'price_too_precise',
      message: 'the price has fractions of a cent, which are never rounded',
      column: 'price',
      when: { isFinerThan: 'USD' },
    },
  ],
  product: {
    key: { template: '{category}/{name}' },
    name: { column: 'name' },
    status: 'published',
    categories: [{ levels: [{ column: 'category' }] }],
    attributes: { allExcept: ['category', 'name', 'price', 'price_per_gb'] },
  },
  variant: {
    sku: { digestPrefix: 'PC' },
    price: { column: 'price', currency: 'USD' },
    options: { missing: 'unspecified', repeat: 'listing' },
  },
};
