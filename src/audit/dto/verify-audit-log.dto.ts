import { IsInt, Max, Min } from 'class-validator';
import { MayBeAbsent, WholeNumber } from '../../common/validation/decorators.js';

/** Which part of the audit log to check. */
export class VerifyAuditLogDto {
  /**
   * Place of the first entry to check; the beginning unless given.
   * @example 1
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  from?: number;

  /**
   * Place of the last entry to check; the end unless given.
   * @example 100000
   */
  @MayBeAbsent()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  to?: number;
}
