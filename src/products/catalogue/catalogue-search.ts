import { conjunction, type Parameters } from './catalogue-sql.js';

/**
 * How many of the newest matches are ranked together. A page shows the best of them; when they are used up, the next older ones follow.
 * Rarer words are ranked over all they match. Ranking everything would take longer with every product that the shop adds.
 */
export const RANKED_WINDOW = 200;

/** What to look for: as the shopper typed it, or alternatives for each word after a typing error. */
export interface SearchTerms {
  kind: 'typed' | 'corrected';
  text: string;
}

/** The `tsquery` of the terms. `websearch_to_tsquery` takes any text; corrected terms are made of letters and digits only. */
export function tsquery(terms: SearchTerms, parameters: Parameters): string {
  return terms.kind === 'typed'
    ? `websearch_to_tsquery('english', immutable_unaccent(${parameters.add(terms.text)}))`
    : `to_tsquery('english', ${parameters.add(terms.text)})`;
}

/** Where a ranked page starts. Ordinals count products in the order of creation, so those of a window stay the same between pages. */
export interface SearchPosition {
  /** Newest ordinal of the window; null for the newest there is. */
  from: number | null;
  /** Oldest ordinal of the window; null while it is not known. */
  to: number | null;
  /** Rank and ordinal of the last product shown; null at the start of a window. */
  after: { rank: number; ordinal: number } | null;
}

/** Words of the query that may have been mistyped: letters and digits of at least 3, without accents. At most 8. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu) ?? [])].filter((word) => /^[a-z0-9]{1,40}$/.test(word)).slice(0, 8);
}

/** Sizes of the slices, newest first, as powers of two; the search index holds `ordinal >> size` for each of them. */
const SLICES = [12, 14, 16] as const;

/**
 * A statement giving `id`, `key` (the rank), `tie` (the ordinal) and `place` of one page of matches, and of the window they are from:
 * `window_from`, `window_to`, `window_size`.
 *
 * Matches are collected from the newest products backwards: two slices of each size, and then all that is older. They are read in turn
 * until the window is full, so frequent words never reach the large ones; a word that does is rare.
 */
export function searchPageSql(
  terms: SearchTerms,
  position: SearchPosition,
  where: readonly string[],
  limit: string,
  parameters: Parameters,
): string {
  const query = tsquery(terms, parameters);
  const from = parameters.add(position.from);
  const to = parameters.add(position.to);
  const rank = parameters.add(position.after?.rank ?? null);
  const ordinal = parameters.add(position.after?.ordinal ?? null);
  // `+ 0` keeps the planner from walking the index of ordinals instead, which is as long as the catalogue.
  const matches = (slice: string): string => `
    (SELECT p.id, p.ordinal, p.search FROM products p
     WHERE ${slice} AND p.search @@ (SELECT query FROM sought) AND p.ordinal + 0 >= coalesce(${to}::bigint, 0) AND ${conjunction(where)}
     ORDER BY p.ordinal + 0 DESC)`;
  const below = (source: string): string => `p.ordinal + 0 < (SELECT ${source})`;
  const slices = SLICES.flatMap((size) => [
    `(p.ordinal >> ${size}) = (SELECT slice FROM slice_${size}) AND ${below(`top FROM slice_${size}`)}`,
    `(p.ordinal >> ${size}) = (SELECT slice - 1 FROM slice_${size})`,
  ]);
  return `WITH sought AS MATERIALIZED (
      SELECT ${query} AS query, coalesce(${from}::bigint, (SELECT max(ordinal) FROM products)) AS newest
    ), ${SLICES.map(sliceBounds).join(', ')}, hits AS MATERIALIZED (
      SELECT id, ordinal, ts_rank(search, (SELECT query FROM sought)) AS rank FROM (
        ${[...slices, below(`bottom FROM slice_${SLICES.at(-1)}`)].map(matches).join(' UNION ALL ')}
      ) AS newest_first LIMIT ${RANKED_WINDOW}
    )
    SELECT hits.id, hits.rank::text AS key, hits.ordinal AS tie, row_number() OVER () AS place,
      (SELECT newest FROM sought) AS window_from, (SELECT min(ordinal) FROM hits) AS window_to, (SELECT count(*) FROM hits) AS window_size
    FROM (
      SELECT * FROM hits
      WHERE ${rank}::float4 IS NULL OR (rank, ordinal) < (${rank}::float4, ${ordinal}::bigint)
      ORDER BY rank DESC, ordinal DESC LIMIT ${limit}
    ) AS hits`;
}

/** The slice below what smaller slices have covered (`top`), and where it and the one before it end (`bottom`). */
function sliceBounds(size: number, index: number): string {
  const top = index === 0 ? 'newest + 1 AS top FROM sought' : `bottom AS top FROM slice_${SLICES[index - 1]}`;
  return `slice_${size} AS MATERIALIZED (
      SELECT top, (top - 1) >> ${size} AS slice, (((top - 1) >> ${size}) - 1) << ${size} AS bottom FROM (SELECT ${top}) AS covered
    )`;
}

/**
 * A statement giving for each word (`$1`, an array) the known words it may stand for: those it begins, for the last word of the query,
 * which may still be being typed, and the most similar one.
 */
export const SUGGESTIONS = `
  SELECT typed, place = cardinality($1::text[]) AS is_last,
    CASE WHEN place = cardinality($1::text[]) AND length(typed) >= 3 THEN ARRAY(
      SELECT word FROM search_words WHERE word >= typed AND word < typed || '{' ORDER BY length(word), word LIMIT 8
    ) END AS completions,
    CASE WHEN length(typed) >= 3 THEN ARRAY(
      SELECT word FROM search_words WHERE word % typed ORDER BY similarity(word, typed) DESC, word LIMIT 1
    ) END AS similar
  FROM unnest($1::text[]) WITH ORDINALITY AS typed_word (typed, place)
  ORDER BY place`;

export interface Suggestion {
  typed: string;
  completions: string[] | null;
  similar: string[] | null;
}

/** Puts suggestions beside what was typed: every word must be found in one of its forms. Null when there is nothing new to try. */
export function correctedTerms(suggestions: readonly Suggestion[]): SearchTerms | null {
  const words = suggestions.map(({ typed, completions, similar }) => [
    ...new Set([typed, ...(completions ?? []), ...(similar ?? [])]),
  ]);
  if (words.every((forms) => forms.length === 1)) return null;
  return {
    kind: 'corrected',
    text: words.map((forms) => `(${forms.map((form) => `'${form}'`).join(' | ')})`).join(' & '),
  };
}
