import type { CategoryMapping } from './mapping.js';

/** The category tree of Best Buy's open data set. One category has no name there and is called by its id. */
export const bestBuyCategories: CategoryMapping = {
  name: 'best-buy-categories',
  kind: 'categories',
  format: 'ndjson',
  columns: {
    id: { type: 'text' },
    name: { type: 'text', optional: true },
    path: { type: 'objects' },
    subCategories: { type: 'objects' },
  },
  category: {
    id: { column: 'id' },
    name: { column: 'name', otherwise: { column: 'id' } },
    path: { column: 'path', id: 'id' },
    children: { column: 'subCategories', id: 'id' },
  },
};
