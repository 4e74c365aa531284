import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsIn,
  IsInt,
  IsString,
  IsUUID,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { CommaSeparated } from '../../common/pagination/page.dto.js';
import { InstantRangeDto } from '../../common/pagination/range.dto.js';
import { MayBeAbsent, WholeNumber } from '../../common/validation/decorators.js';
import { AGGREGATE_TYPES, unknownFilters } from '../event-types.js';
import { EventResponseDto } from './event-response.dto.js';

/** A filter of `types`: the name of a type in the catalogue, `order.*` for all of one kind, or `*`. */
export const IsEventFilter = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isEventFilter',
      validator: {
        validate: (value) => typeof value === 'string' && unknownFilters([value]).length === 0,
        defaultMessage: () => 'must be types of events such as order.placed, order.* or *',
      },
    },
    options,
  );

export class ListEventsDto {
  /**
   * The `nextAfter` of the answer before, or the `sequence` of the last event that is known. Without it the list begins with the oldest event
   * that is kept.
   * @example 1042
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;

  /**
   * Types of events, separated by commas; `order.*` stands for all that begin so.
   * @example "order.*,payment.captured"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @IsEventFilter({ each: true })
  @ApiProperty({ type: String, required: false, maxLength: 2000 })
  types?: string[];

  /**
   * What the events are about.
   * @example "order"
   */
  @MayBeAbsent()
  @IsIn(AGGREGATE_TYPES)
  aggregateType?: string;

  /**
   * The one thing that the events are about.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  @MayBeAbsent()
  @IsUUID()
  aggregateId?: string;

  /** When the change was made. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  occurredAt?: InstantRangeDto;

  /**
   * Events in one answer, at most.
   * @example 100
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;
}

export class EventListResponseDto {
  data: EventResponseDto[];

  /**
   * Pass as `after` to read on; also when there was nothing, because events that the filters leave out have been passed over.
   * @example 1042
   */
  nextAfter: number;

  /**
   * Whether there may be more already. If not, ask again after a while: there is always a next page.
   * @example false
   */
  hasMore: boolean;
}
