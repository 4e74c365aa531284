import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

const COMPARISONS = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

/** Narrows a query to the rows whose column lies within the bounds that are given, as `createdAt[gte]=…` asks for. */
export function whereWithin(
  query: SelectQueryBuilder<ObjectLiteral>,
  column: string,
  range: Partial<Record<keyof typeof COMPARISONS, string | number>> | undefined,
): void {
  for (const [bound, comparison] of Object.entries(COMPARISONS)) {
    const value = range?.[bound as keyof typeof COMPARISONS];
    const name = `${column.replace(/\W/g, '_')}_${bound}`;
    if (value !== undefined) query.andWhere(`${column} ${comparison} :${name}`, { [name]: value });
  }
}

/** The `LIKE` pattern of what holds `text`, in which nothing is a wildcard. */
export const holding = (text: string): string => `%${literal(text)}%`;

/** The `LIKE` pattern of what begins with `text`, in which nothing is a wildcard. */
export const beginningWith = (text: string): string => `${literal(text)}%`;

function literal(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
