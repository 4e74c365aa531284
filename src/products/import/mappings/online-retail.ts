import type { ProductMapping } from './mapping.js';

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
    { code: 'price_negative', message: 'the price is below zero', column: 'UnitPrice', when: { isBelow: 0 } },
    {
      code: 'price_too_precise',
      message: 'the price has fractions of a penny, which are never rounded',
      column: 'UnitPrice',
      when: { isFinerThan: 'GBP' },
    },
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
