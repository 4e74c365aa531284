import { Injectable } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type CursorPosition, Cursors } from '../common/pagination/cursor.js';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';

/** What a list is sorted by, and what its cursors are bound to. */
export interface Keyset {
  /** SQL of the sort key, and of what breaks its ties: together unique, never null, and the expressions of an index. */
  readonly by: readonly string[];
  readonly isDescending?: boolean;
  /** The list, all that chooses its rows and, where rows are private, who reads: a cursor of another list is refused. */
  readonly context: string;
}

/** Makes keyset pages of query builders; a page costs the same however far back it lies. */
@Injectable()
export class Pages {
  constructor(private readonly cursors: Cursors) {}

  /**
   * One page of the entities of a query, and how many there are on all pages where that was asked for.
   *
   * @throws InvalidRequestError (400, `?cursor`) for a cursor of another list.
   */
  async of<Entity extends ObjectLiteral>(
    query: SelectQueryBuilder<Entity>,
    request: PageRequest,
    keyset: Keyset,
  ): Promise<Page<Entity>> {
    const total = await count(query, request);
    const { entities, raw } = await this.window(query, request, keyset).getRawAndEntities<Record<string, string>>();
    return this.close(
      entities,
      request,
      keyset.context,
      (index) => keyset.by.map((_, key) => raw[index]![`key_${key}`]!),
      total,
    );
  }

  /** The same for a query that selects columns by name. */
  async ofRows<Row extends object>(
    query: SelectQueryBuilder<ObjectLiteral>,
    request: PageRequest,
    keyset: Keyset,
  ): Promise<Page<Row>> {
    const total = await count(query, request);
    const rows = await this.window(query, request, keyset).getRawMany<Row & Record<string, string>>();
    const positions = rows.map((row) =>
      keyset.by.map((_, key) => {
        const position = row[`key_${key}`]!;
        delete row[`key_${key}`];
        return position;
      }),
    );
    return this.close<Row>(rows, request, keyset.context, (index) => positions[index]!, total);
  }

  /**
   * The page of rows that were read by SQL text, one more than asked when there is a further page.
   *
   * @param positionOf Where the page after the row at this index starts.
   */
  close<Row>(
    rows: Row[],
    { limit }: PageRequest,
    context: string,
    positionOf: (index: number) => CursorPosition,
    total?: number,
  ): Page<Row> {
    const nextCursor = rows.length > limit ? this.cursors.encode(context, positionOf(limit - 1)) : null;
    return { data: rows.slice(0, limit), nextCursor, ...(total === undefined ? {} : { total }) };
  }

  /** Where the page starts that a cursor names. @throws InvalidRequestError (400, `?cursor`) for a cursor of another list. */
  start({ cursor }: PageRequest, context: string): CursorPosition | undefined {
    return cursor === undefined ? undefined : this.cursors.decode(context, cursor);
  }

  /** Keys travel as text, in which PostgreSQL writes times to the microsecond. */
  private window<Entity extends ObjectLiteral>(
    query: SelectQueryBuilder<Entity>,
    request: PageRequest,
    { by, isDescending = false, context }: Keyset,
  ): SelectQueryBuilder<Entity> {
    const start = this.start(request, context);
    if (start) {
      const placeholders = by.map((_, key) => `:key_${key}`).join(', ');
      query
        .andWhere(`(${by.join(', ')}) ${isDescending ? '<' : '>'} (${placeholders})`)
        .setParameters(Object.fromEntries(start.map((value, key) => [`key_${key}`, value])));
    }
    by.forEach((sql, key) =>
      query.addSelect(`(${sql})::text`, `key_${key}`).addOrderBy(sql, isDescending ? 'DESC' : 'ASC'),
    );
    return query.limit(request.limit + 1);
  }
}

async function count(query: SelectQueryBuilder<ObjectLiteral>, request: PageRequest): Promise<number | undefined> {
  if (request.count !== 'exact') return undefined;
  return (await query.clone().select('count(*)::int', 'total').getRawOne<{ total: number }>())!.total;
}
