import { MAX_SLUG_LENGTH, SLUG, slugOf } from './product-slug.js';

describe('slugOf', () => {
  it.each([
    ['Fjordlight Mug, Größe L', 'fjordlight-mug-grosse-l'],
    ['  Café — au lait!  ', 'cafe-au-lait'],
    ['Ærøskøbing', 'aeroskobing'],
    ['½ inch', '1-2-inch'],
  ])('writes %j as %j', (name, slug) => {
    expect(slugOf(name, 'x')).toBe(slug);
  });

  it('falls back when nothing of the name survives', () => {
    expect(slugOf('日本 — !', 'product-1')).toBe('product-1');
  });

  it(`cuts to ${MAX_SLUG_LENGTH} characters without leaving a hyphen at the end`, () => {
    const slug = slugOf(`${'a'.repeat(MAX_SLUG_LENGTH - 1)} tail`, 'x');
    expect(slug).toHaveLength(MAX_SLUG_LENGTH - 1);
    expect(slug).toMatch(SLUG);
  });
});
