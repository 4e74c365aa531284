/**
 * Chooses one of the values that rows of one product give, in the order of the rows.
 *
 * @returns the last value, or the most frequent one, of which the later wins a tie; undefined when there is none.
 */
export function chosen<T>(values: readonly (T | null | undefined)[], rule: 'latest' | 'most_frequent'): T | undefined {
  const given = values.filter((value): value is T & {} => value !== null && value !== undefined);
  if (rule === 'latest') return given.at(-1);
  const counts = new Map<T, number>();
  for (const value of given) counts.set(value, (counts.get(value) ?? 0) + 1);
  const highest = Math.max(0, ...counts.values());
  return given.findLast((value) => counts.get(value) === highest);
}
