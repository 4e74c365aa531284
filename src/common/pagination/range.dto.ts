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

/** `price[gte]=…`: a span of amounts in minor units. */
export class AmountRangeDto {
  /** @example 1000 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  gte?: number;

  /** @example 1000 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  gt?: number;

  /** @example 5000 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  lte?: number;

  /** @example 5000 */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  lt?: number;
}
