import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { WholeNumber } from '../validation/decorators.js';
import { IsInstant } from '../validation/instant.js';

/** `createdAt[gte]=…`: a span of time; each bound an ISO 8601 instant with a zone. */
export class InstantRangeDto {
  /** @example "2026-01-01T00:00:00Z" */
  @IsOptional()
  @IsInstant()
  gte?: string;

  /** @example "2026-01-01T00:00:00Z" */
  @IsOptional()
  @IsInstant()
  gt?: string;

  /** @example "2026-12-31T23:59:59Z" */
  @IsOptional()
  @IsInstant()
  lte?: string;

  /** @example "2027-01-01T00:00:00Z" */
  @IsOptional()
  @IsInstant()
  lt?: string;
}

/** A bound of a span of whole numbers. */
const IsBound = (): PropertyDecorator =>
  applyDecorators(IsOptional(), WholeNumber(), IsInt(), Min(0), Max(Number.MAX_SAFE_INTEGER));

/** `price[gte]=…`: a span of amounts in minor units. */
export class AmountRangeDto {
  /** @example 1000 */
  @IsBound()
  gte?: number;

  /** @example 1000 */
  @IsBound()
  gt?: number;

  /** @example 5000 */
  @IsBound()
  lte?: number;

  /** @example 5000 */
  @IsBound()
  lt?: number;
}
