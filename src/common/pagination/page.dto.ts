import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { WholeNumber } from '../validation/decorators.js';

/** The parameters every list takes. Lists extend it with their filters and an allow-list for `sort`. */
export class PageQueryDto {
  /**
   * Rows a page.
   * @example 20
   */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /**
   * The `nextCursor` of the page before.
   * @example "Y3Vyc29yLW9mLXRoZS1wYWdlLWJlZm9yZQ"
   */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'cursor is not a cursor of this list' })
  cursor?: string;

  /**
   * `exact` adds `total`: the number of rows of all pages together.
   * @example "exact"
   */
  @IsOptional()
  @IsIn(['exact'])
  count?: 'exact';
}

/** One page of a list, as a service hands it to its controller. */
export interface Page<Row> {
  data: Row[];
  nextCursor: string | null;
  total?: number;
}

/** Splits `a,b,c` into its parts; for filters that take several values. A parameter that is sent twice stays invalid. */
export const CommaSeparated = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((part) => part.trim()) : Array.isArray(value) ? [value] : value,
  );
