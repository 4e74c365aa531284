import { parse } from 'node:querystring';
import fc from 'fast-check';
import { parseQueryString, queryProblem } from './query-string.js';

describe('parseQueryString', () => {
  it.each([
    ['', {}],
    ['limit=20&cursor=abc', { limit: '20', cursor: 'abc' }],
    ['createdAt[gte]=1&createdAt[lt]=2', { createdAt: { gte: '1', lt: '2' } }],
    ['price=1&price[gte]=2', { price: '1', 'price[gte]': '2' }],
    ['a[b][c]=1', { 'a[b][c]': '1' }],
    ['tag=a&tag=b&tag=c', { tag: ['a', 'b', 'c'] }],
    ['&&q&=1&x==2', { q: '', '': '1', x: '=2' }],
    ['q=two+words%21', { q: 'two words!' }],
    ['__proto__=1', { ['__proto__']: '1' }],
  ])('reads %s', (text, expected) => {
    expect(Object.entries(parseQueryString(text))).toEqual(Object.entries(expected));
  });

  it('reads a text in which nothing is encoded as Node does', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '=', '&', '.', '-', 'é') });
    fc.assert(
      fc.property(texts, (text) => {
        expect({ ...parseQueryString(text) }).toEqual({ ...parse(text) });
      }),
    );
  });

  it('finds a problem in broken escapes, in NUL and in more than 100 parameters', () => {
    const many = Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&');
    for (const text of ['q=%', 'q=%C3%28', 'q=%00', many]) expect(queryProblem(parseQueryString(text))).toBeDefined();
    expect(queryProblem(parseQueryString(many.slice(0, many.lastIndexOf('&'))))).toBeUndefined();
  });
});
