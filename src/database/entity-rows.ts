import type { DataSource, ObjectLiteral } from 'typeorm';

interface EntityColumn {
  readonly name: string;
  readonly property: string;
  readonly isKey: boolean;
  readonly isJson: boolean;
  readonly read: (value: unknown) => unknown;
}

/** A statement and its values. */
export type Statement = readonly [text: string, values: readonly unknown[]];

/**
 * Whole rows of one entity in SQL text, their columns taken from the entity itself.
 *
 * For hot paths: a query builder makes the same text anew at each call, and takes longer for it than PostgreSQL for the query.
 */
export class EntityRows<Entity extends ObjectLiteral> {
  private known: readonly EntityColumn[] | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly target: new () => Entity,
  ) {}

  /** `o.id AS "id", o.customer_id AS "customerId", …` */
  columns(alias: string): string {
    return this.all.map(({ name, property }) => `${alias}.${name} AS "${property}"`).join(', ');
  }

  /** The same as one JSON value. */
  json(alias: string): string {
    return `json_build_object(${this.all.map(({ name, property }) => `'${property}', ${alias}.${name}`).join(', ')})`;
  }

  /** The entity of a row that was read under these names. */
  read(row: Record<string, unknown>): Entity {
    const entity: Record<string, unknown> = new this.target();
    for (const { property, read } of this.all) entity[property] = read(row[property]);
    return entity as Entity;
  }

  /** @param defaulted Properties that the database fills in. */
  insert(entity: Entity, ...defaulted: readonly (keyof Entity & string)[]): Statement {
    const given = this.all.filter(({ property }) => !defaulted.includes(property));
    const columns = given.map(({ name }) => name).join(', ');
    const places = given.map((_, index) => `$${index + 1}`).join(', ');
    return [`INSERT INTO ${this.table} (${columns}) VALUES (${places})`, this.values(given, entity)];
  }

  /** Writes all that a row says, found by its primary key. */
  update(entity: Entity): Statement {
    const columns = [...this.all].sort((left, right) => Number(right.isKey) - Number(left.isKey));
    const equal = columns.map(({ name, isKey }, index) => ({ isKey, sql: `${name} = $${index + 1}` }));
    const join = (keys: boolean, by: string): string =>
      equal
        .filter(({ isKey }) => isKey === keys)
        .map(({ sql }) => sql)
        .join(by);
    return [`UPDATE ${this.table} SET ${join(false, ', ')} WHERE ${join(true, ' AND ')}`, this.values(columns, entity)];
  }

  private get table(): string {
    return this.dataSource.getMetadata(this.target).tablePath;
  }

  private get all(): readonly EntityColumn[] {
    return (this.known ??= this.dataSource.getMetadata(this.target).columns.map((column) => {
      const transformers = [column.transformer ?? []].flat();
      return {
        name: column.databaseName,
        property: column.propertyName,
        isKey: column.isPrimary,
        isJson: column.type === 'jsonb',
        read: (value: unknown) =>
          transformers.reduceRight<unknown>((read, transformer) => transformer.from(read), value),
      };
    }));
  }

  private values(columns: readonly EntityColumn[], entity: Entity): unknown[] {
    // pg would write an array as one of PostgreSQL's.
    return columns.map(({ property, isJson }) => {
      const value = (entity as Record<string, unknown>)[property];
      return isJson && Array.isArray(value) ? JSON.stringify(value) : value;
    });
  }
}
