import type { ProductMapping } from './mapping.js';

/** Best Buy products as Algolia publishes them: one row is one product, named by the article number in its image's address. */
export const bestBuy: ProductMapping = {
  name: 'best-buy',
  kind: 'products',
  format: 'ndjson',
  columns: {
    name: { type: 'text' },
    description: { type: 'text', optional: true },
    brand: { type: 'text', optional: true },
    categories: { type: 'texts' },
    price: { type: 'number' },
    image: { type: 'text' },
    popularity: { type: 'number', optional: true },
  },
  refuse: [
    {
      code: 'no_article_number',
      message: 'the address of the image holds no article number, which is what names the product',
      column: 'image',
      when: { matches: '^(?!.*/[0-9]+_[^/]*$)' },
    },
    { code: 'price_negative', message: 'the price is below zero', column: 'price', when: { isBelow: 0 } },
    {
      code: 'price_too_precise',
      message: 'the price has fractions of a cent, which are never rounded',
      column: 'price',
      when: { isFinerThan: 'USD' },
    },
  ],
  product: {
    key: { column: 'image', pattern: '/([0-9]+)_[^/]*$' },
    name: { column: 'name' },
    description: { column: 'description' },
    brand: { column: 'brand' },
    status: 'published',
    categories: [{ path: 'categories' }],
    attributes: { columns: ['image', 'popularity'] },
  },
  variant: {
    sku: { column: 'image', pattern: '/([0-9]+)_[^/]*$' },
    price: { column: 'price', currency: 'USD' },
  },
};
