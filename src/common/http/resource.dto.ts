/** What every resource that people change has in its answer. */
export class ResourceResponse {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: Date;

  /** @example "2026-01-15T09:30:00.000Z" */
  updatedAt: Date;

  /**
   * Rises with every change; the entity tag for `If-Match` begins with it.
   * @example 1
   */
  version: number;
}

/** The members that `ResourceResponse` has, of the row itself. */
export const OF_RESOURCE = ['id', 'createdAt', 'updatedAt', 'version'] as const;

/** What of a row is answered: these members and no others. Beside `class XResponseDto extends PickType(X, SHOWN) {}`. */
export function shown<Row extends object, Name extends keyof Row>(row: Row, names: readonly Name[]): Pick<Row, Name> {
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Pick<Row, Name>;
}
