import { createHash } from 'node:crypto';
import { MAX_SLUG_LENGTH, slugOf } from '../../product-slug.js';

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
  items: readonly { key: string; name: string }[],
  taken: (candidates: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<string[]> {
  const candidates = items.map(({ key, name }) => {
    const digest = createHash('sha256').update(key).digest('hex');
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
