import { ArrayMaxSize, IsInt, IsOptional, Matches, Max, MaxLength, Min } from 'class-validator';
import { CommaSeparated } from '../../../common/pagination/page.dto.js';
import { WholeNumber } from '../../../common/validation/decorators.js';

/** Filters of types: `order.placed`, `order.*` or `*`. */
export const TYPE_FILTER = /^(\*|[a-z][a-z_]*\.(\*|[a-z][a-z_]*))$/;
export const MOST_FILTERS = 50;

export class StreamEventsDto {
  /**
   * Types of events, separated by commas; `order.*` is all of orders. All but `operation.progress` when absent.
   * @example "order.*"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(MOST_FILTERS)
  @MaxLength(64, { each: true })
  @Matches(TYPE_FILTER, { each: true, message: 'must be types of events such as order.placed or order.*' })
  types?: string[];

  /**
   * Sequence of the last event that is known: those after it come first. `Last-Event-ID` has precedence.
   * @example 1042
   */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;
}
