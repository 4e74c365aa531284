import { createHash } from 'node:crypto';

/** Slugs are lower-case ASCII words joined by single hyphens. */
export const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** An id would be looked up as an id, so a slug must not look like one. */
export const SLUG_BUT_NO_ID = new RegExp(`^(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)${SLUG.source.slice(1)}`);
export const SLUG_RULE = 'slug must be lower-case letters and digits joined by single hyphens, and no UUID';
export const MAX_SLUG_LENGTH = 120;

/** Letters that Unicode decomposition leaves whole. */
const TRANSLITERATIONS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
};

/**
 * Makes a slug from a name: `"Fjordlight Mug, Größe L"` becomes `fjordlight-mug-grosse-l`.
 *
 * @param fallback Used when no letter or digit of the name survives.
 */
export function slugOf(name: string, fallback: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => TRANSLITERATIONS[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? fallback : slug;
}

/**
 * Stores what has a name under the slug that a request wants or, where it wants none, under one made from the name, which gets digits of
 * the id when it is taken.
 *
 * @param insert Tells by false that the slug is taken, where it may; otherwise it throws.
 */
export async function insertUnderSlug<Row extends { readonly id: string; readonly name: string }>(
  row: Row,
  wanted: string | null | undefined,
  insert: (row: Row & { slug: string }, mayRefuse: boolean) => Promise<boolean>,
): Promise<void> {
  const slug = wanted ?? slugOf(row.name, row.id);
  const isMade = wanted === undefined || wanted === null;
  if (!(await insert({ ...row, slug }, isMade))) await insert({ ...row, slug: `${slug}-${row.id.slice(-12)}` }, false);
}

/** Hexadecimal digits of the key's digest that tell equal names apart; the second is for the case that the first is taken as well. */
const SUFFIXES = [6, 12];

/**
 * Gives each item a slug made from its name that nothing has yet; one that is taken gets some digits made from the item's key, so that
 * the same items get the same slugs in every database.
 *
 * @param taken Which of the candidates are in use already.
 * @returns slugs in the order of the items.
 */
export async function freeSlugs(
  items: readonly { importKey: string; name: string }[],
  taken: (candidates: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<string[]> {
  const candidates = items.map(({ importKey, name }) => {
    const digest = createHash('sha256').update(importKey).digest('hex');
    const plain = slugOf(name, digest.slice(0, SUFFIXES[1]));
    return [plain, ...SUFFIXES.map((length) => withSuffix(plain, digest.slice(0, length)))];
  });
  const used = new Set(await taken(candidates.flat()));
  return candidates.map((options) => {
    const slug = options.find((option) => !used.has(option)) ?? options[0]!;
    used.add(slug);
    return slug;
  });
}

function withSuffix(slug: string, suffix: string): string {
  return `${slug.slice(0, MAX_SLUG_LENGTH - suffix.length - 1).replace(/-$/, '')}-${suffix}`;
}
