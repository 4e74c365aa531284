import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
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

/** Which page of a list is wanted. */
export type PageRequest = Pick<PageQueryDto, 'limit' | 'cursor' | 'count'>;

/** One page of a list, as a service hands it to its controller. */
export interface Page<Row> {
  data: Row[];
  nextCursor: string | null;
  total?: number;
}

/** The class of one page of a list: `class OrderPageDto extends PageOf(OrderResponseDto) {}`. */
export function PageOf<Row extends object>(row: Type<Row>): Type<Page<Row>> {
  class PageDto implements Page<Row> {
    @ApiProperty({ type: [row] })
    data: Row[];

    @ApiProperty({
      type: String,
      nullable: true,
      description: 'Pass as `cursor` for the next page; null on the last one.',
    })
    nextCursor: string | null;

    @ApiPropertyOptional({
      type: 'integer',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Rows of all pages together; only with `count=exact`.',
      example: 3,
    })
    total?: number;
  }
  return PageDto;
}

/** Maps the rows of a page to what is answered. */
export function mapPage<Row, Response>(page: Page<Row>, toResponse: (row: Row) => Response): Page<Response> {
  return { ...page, data: page.data.map((row) => toResponse(row)) };
}

/** Splits `a,b,c` into its parts; for filters that take several values. A parameter that is sent twice stays invalid. */
export const CommaSeparated = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((part) => part.trim()) : Array.isArray(value) ? [value] : value,
  );
