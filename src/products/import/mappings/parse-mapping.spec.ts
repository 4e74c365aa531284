import { MappingError } from '../import.errors.js';
import { knownMappings, parseMapping } from './parse-mapping.js';

const good = {
  name: 'mine',
  kind: 'products',
  format: 'csv',
  columns: { id: { type: 'text' }, price: { type: 'number' }, shelf: { type: 'texts' } },
  product: { key: { column: 'id' }, name: { column: 'id' }, status: 'draft' },
  variant: { sku: { column: 'id' } },
};
const goodOrders = {
  name: 'mine',
  kind: 'orders',
  format: 'csv',
  columns: { id: { type: 'text' }, price: { type: 'number' } },
  order: {
    number: { column: 'id' },
    placedAt: { column: 'id', timeZone: 'Europe/Berlin' },
    customer: { column: 'id' },
  },
  line: {
    sku: { column: 'id' },
    name: { column: 'id' },
    quantity: 'price',
    price: { column: 'price', currency: 'EUR' },
  },
};
const problemsOf = (value: unknown): readonly string[] => {
  try {
    parseMapping(value, 'test');
    return [];
  } catch (error) {
    return (error as MappingError).problems;
  }
};

describe('parseMapping', () => {
  it.each(Object.entries(knownMappings()))(
    'accepts the mapping %s that comes with Storehouse, as JSON',
    (_, mapping) => {
      expect(parseMapping(JSON.parse(JSON.stringify(mapping)), 'test')).toEqual(mapping);
    },
  );

  it.each([
    [null, ['the mapping must be an object']],
    [{}, ['name', 'kind', 'format', 'columns', 'product', 'variant'].map((name) => `${name} is missing`)],
    [{ ...good, name: 'Mine!' }, ['name must be lower-case words joined by hyphens']],
    [{ ...good, name: 'native' }, ['name is a name that Storehouse keeps for itself']],
    [{ ...good, colour: 1 }, ['colour is not known']],
    [{ ...good, encoding: 'klingon' }, ['encoding must be an encoding such as utf-8 or windows-1252']],
    [
      { ...good, columns: { ...good.columns, x: { type: 'date' } } },
      ['columns.x.type must be one of text, number, boolean, texts, objects, value'],
    ],
    [
      { ...good, product: { ...good.product, name: { column: 'title' } } },
      ['product.name.column must name one of the columns'],
    ],
    [
      { ...good, product: { ...good.product, name: { template: '{id} {title}' } } },
      ['product.name.template must name one of the columns'],
    ],
    [{ ...good, product: { ...good.product, name: {} } }, ['product.name must have exactly one of constant, template']],
    [
      { ...good, product: { ...good.product, key: { column: 'id', pattern: '(' } } },
      ['product.key.pattern must be a regular expression'],
    ],
    [{ ...good, product: { ...good.product, status: 'archived' } }, ['product.status must be one of draft, published']],
    [
      { ...good, product: { ...good.product, categories: [{ path: 'id' }] } },
      ['product.categories[0].path must name a column of type texts'],
    ],
    [
      { ...good, variant: { ...good.variant, price: { column: 'id', currency: 'EUR' } } },
      ['variant.price.column must name a column of type number'],
    ],
    [
      { ...good, variant: { ...good.variant, price: { column: 'price', currency: 'XXX' } } },
      ['variant.price.currency must be an ISO 4217 currency code'],
    ],
    [
      { ...good, variant: { ...good.variant, onHand: -1 } },
      ['variant.onHand must be a whole number that is not negative'],
    ],
    [
      { ...good, variant: { sku: { digestPrefix: 'X' } } },
      ['variant.options is needed with digestPrefix, because variants of a product must differ'],
    ],
    [
      { ...good, refuse: [{ code: 'a b', message: 'm', column: 'id', when: { isBlank: false } }] },
      ['refuse[0].code must be letters, digits and underscores', 'refuse[0].when.isBlank must be true'],
    ],
    [
      { ...good, refuse: [{ code: 'a', message: 'm', column: 'id', when: { isBlank: true, equals: 0 } }] },
      [/^refuse\[0\]\.when must have exactly one of matches, /],
    ],
    [
      { ...good, kind: 'categories', product: undefined, variant: undefined },
      ['category is missing', 'product is not known', 'variant is not known'],
    ],
    [
      { ...good, kind: 'orders', product: undefined, variant: undefined },
      ['order is missing', 'line is missing', 'product is not known', 'variant is not known'],
    ],
    [
      { ...goodOrders, order: { ...goodOrders.order, prefix: '12' } },
      ['order.prefix must be capital letters and digits, a letter first, and a hyphen at the end'],
    ],
    [
      { ...goodOrders, order: { ...goodOrders.order, placedAt: { column: 'id', timeZone: 'Atlantis' } } },
      ['order.placedAt.timeZone must be an IANA time zone such as Europe/London'],
    ],
    [
      { ...goodOrders, line: { ...goodOrders.line, quantity: 'id' } },
      ['line.quantity must name a column of type number'],
    ],
  ] as [unknown, (string | RegExp)[]][])('%#: names all that is wrong', (value, problems) => {
    expect(problemsOf(good)).toEqual([]);
    expect(problemsOf(value)).toEqual(
      problems.map((problem) => (typeof problem === 'string' ? problem : expect.stringMatching(problem))),
    );
  });
});
