import { freeSlugs, MAX_SLUG_LENGTH, SLUG, slugOf } from './product-slug.js';

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

const none = () => Promise.resolve(new Set<string>());

describe('freeSlugs', () => {
  it('makes slugs from names, and tells equal ones apart by digits made from the key', async () => {
    const slugs = await freeSlugs(
      [
        { importKey: 'a', name: 'Blue Mug' },
        { importKey: 'b', name: 'Blue mug!' },
        { importKey: 'c', name: 'BLUE MUG' },
      ],
      none,
    );
    expect(slugs[0]).toBe('blue-mug');
    expect(slugs[1]).toMatch(/^blue-mug-[0-9a-f]{6}$/);
    expect(slugs[2]).toMatch(/^blue-mug-[0-9a-f]{6}$/);
    expect(new Set(slugs).size).toBe(3);
    expect(
      await freeSlugs([{ importKey: 'b', name: 'Blue Mug' }], () => Promise.resolve(new Set(['blue-mug']))),
    ).toEqual([slugs[1]]);
  });

  it('takes more digits when those are taken as well, and always stays a slug of at most 120 characters', async () => {
    const name = `${'long '.repeat(40)}name`;
    const [short] = await freeSlugs([{ importKey: 'k', name }], (candidates) =>
      Promise.resolve(new Set([candidates[0]!])),
    );
    const [long] = await freeSlugs([{ importKey: 'k', name }], (candidates) =>
      Promise.resolve(new Set(candidates.slice(0, 2))),
    );
    for (const slug of [short!, long!]) {
      expect(slug).toMatch(SLUG);
      expect(slug.length).toBeLessThanOrEqual(120);
    }
    expect(long!.length).toBeGreaterThan(short!.length - 7);
    expect(long).not.toBe(short);
  });

  it('finds a slug for a name of which nothing can be written in ASCII', async () => {
    expect(await freeSlugs([{ importKey: 'k', name: '急須' }], none)).toEqual([
      expect.stringMatching(/^[0-9a-f]{12}$/),
    ]);
  });
});
