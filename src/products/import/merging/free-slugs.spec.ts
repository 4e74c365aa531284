import { SLUG } from '../../product-slug.js';
import { freeSlugs } from './free-slugs.js';

const none = () => Promise.resolve(new Set<string>());

describe('freeSlugs', () => {
  it('makes slugs from names, and tells equal ones apart by digits made from the key', async () => {
    const slugs = await freeSlugs(
      [
        { key: 'a', name: 'Blue Mug' },
        { key: 'b', name: 'Blue mug!' },
        { key: 'c', name: 'BLUE MUG' },
      ],
      none,
    );
    expect(slugs[0]).toBe('blue-mug');
    expect(slugs[1]).toMatch(/^blue-mug-[0-9a-f]{6}$/);
    expect(slugs[2]).toMatch(/^blue-mug-[0-9a-f]{6}$/);
    expect(new Set(slugs).size).toBe(3);
    expect(await freeSlugs([{ key: 'b', name: 'Blue Mug' }], () => Promise.resolve(new Set(['blue-mug'])))).toEqual([
      slugs[1],
    ]);
  });

  it('takes more digits when those are taken as well, and always stays a slug of at most 120 characters', async () => {
    const name = `${'long '.repeat(40)}name`;
    const [short] = await freeSlugs([{ key: 'k', name }], (candidates) => Promise.resolve(new Set([candidates[0]!])));
    const [long] = await freeSlugs([{ key: 'k', name }], (candidates) =>
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
    expect(await freeSlugs([{ key: 'k', name: '急須' }], none)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
  });
});
