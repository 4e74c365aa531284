import { Type } from 'class-transformer';
import { IsString, IsUUID, Matches, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { InstantRangeDto } from '../../common/pagination/range.dto.js';
import { MayBeAbsent } from '../../common/validation/decorators.js';

/** Which entries of the audit log to list. */
export class ListAuditLogDto extends PageQueryDto {
  /**
   * Who did it: id of a user or of an API key.
   * @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f"
   */
  @MayBeAbsent()
  @IsUUID()
  actor?: string;

  /**
   * An action, or every action that begins so: `auth.*`.
   * @example "auth.*"
   */
  @MayBeAbsent()
  @MaxLength(100)
  @Matches(/^[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?$/, { message: 'must be an action, such as user.disabled or user.*' })
  action?: string;

  /**
   * What kind of thing it was done to.
   * @example "role"
   */
  @MayBeAbsent()
  @MaxLength(50)
  @Matches(/^[a-z0-9_-]+$/, { message: 'must be the type of a target, such as user' })
  targetType?: string;

  /**
   * Id of the thing it was done to, or its name where it has no other.
   * @example "catalogue-manager"
   */
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  targetId?: string;

  /** When it was recorded. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  at?: InstantRangeDto;
}
