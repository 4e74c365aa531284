import type { CategoryMapping, Mapping, ProductMapping, RefusalRule } from './mapping.js';

const wrongPrices = (column: string, currency: string, fraction: string): RefusalRule[] => [
  { code: 'price_negative', message: 'the price is below zero', column, when: { isBelow: 0 } },
  {
    code: 'price_too_precise',
    message: `the price has fractions of a ${fraction}, which are never rounded`,
    column,
    when: { isFinerThan: currency },
  },
];

/** Best Buy products as Algolia publishes them: one row is one product, named by the article number in its image's address. */
const bestBuy: ProductMapping = {
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
    ...wrongPrices('price', 'USD', 'cent'),
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

/** The category tree of Best Buy's open data set. One category has no name there and is called by its id. */
const bestBuyCategories: CategoryMapping = {
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

/**
 * PC parts: each row is a variant, and rows of one category and name are one product.
 *
 * `price_per_gb` is left out: it is the price again, and would be wrong as soon as the price changes.
 */
const pcParts: ProductMapping = {
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
  refuse: wrongPrices('price', 'USD', 'cent'),
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

/**
 * Products out of the invoice lines of a wholesaler: one product a stock code, whatever its letters' case, under the description and at
 * the price that most of its sales carry. Lines that are no sale of a product are refused.
 */
export const onlineRetail: ProductMapping = {
  name: 'online-retail',
  kind: 'products',
  format: 'csv',
  columns: {
    InvoiceNo: { type: 'text' },
    StockCode: { type: 'text' },
    Description: { type: 'text', optional: true },
    Quantity: { type: 'number' },
    InvoiceDate: { type: 'text' },
    UnitPrice: { type: 'number' },
    CustomerID: { type: 'text', optional: true },
    Country: { type: 'text' },
  },
  refuse: [
    { code: 'cancellation', message: 'the invoice cancels another one', column: 'InvoiceNo', when: { matches: '^C' } },
    { code: 'bad_debt', message: 'the invoice adjusts a bad debt', column: 'InvoiceNo', when: { matches: '^A' } },
    {
      code: 'not_a_product',
      message: 'the stock code stands for postage, a fee, a discount or a correction',
      column: 'StockCode',
      when: {
        isOneOf: [
          ...['POST', 'DOT', 'C2', 'D', 'M', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'PADS'],
          ...['DCGSSBOY', 'DCGSSGIRL'],
        ],
      },
    },
    { code: 'no_description', message: 'the line has no description', column: 'Description', when: { isBlank: true } },
    {
      code: 'quantity_not_positive',
      message: 'the quantity is zero or negative',
      column: 'Quantity',
      when: { isAtMost: 0 },
    },
    { code: 'price_zero', message: 'the price is zero', column: 'UnitPrice', when: { equals: 0 } },
    ...wrongPrices('UnitPrice', 'GBP', 'penny'),
  ],
  product: {
    key: { column: 'StockCode', letters: 'upper' },
    name: { column: 'Description' },
    status: 'published',
    onDisagreement: 'most_frequent',
  },
  variant: {
    sku: { column: 'StockCode', letters: 'upper' },
    price: { column: 'UnitPrice', currency: 'GBP' },
  },
};

/** The mappings that come with Storehouse, by name. */
export const MAPPINGS: Readonly<Record<string, Mapping>> = Object.fromEntries(
  [bestBuy, bestBuyCategories, pcParts, onlineRetail].map((mapping) => [mapping.name, mapping]),
);
