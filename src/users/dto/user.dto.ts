import { Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { CommaSeparated, PageQueryDto } from '../../common/pagination/page.dto.js';
import { InstantRangeDto } from '../../common/pagination/range.dto.js';
import { IsNotBlank, IsPersonName } from '../../common/validation/decorators.js';
import { IsLanguageTag } from '../../common/validation/language-tag.js';
import { USER_STATUSES, type UserStatus } from '../entities/user.entity.js';
import { GROUP_CODE } from '../groups/dto/customer-group.dto.js';

/** What the staff list can be sorted by; `-` turns it round. */
export const USER_SORTS = ['createdAt', '-createdAt', 'email', '-email', 'name', '-name'] as const;
export type UserSort = (typeof USER_SORTS)[number];

export class ListUsersDto extends PageQueryDto {
  /**
   * Found anywhere in the e-mail address or the name, whatever the case.
   * @example "ada"
   */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  q?: string;

  /**
   * Users who hold one of these roles.
   * @example "support,finance"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(20)
  @Matches(/^[a-z][a-z0-9_-]{0,63}$/, { each: true, message: 'must be names of roles, separated by commas' })
  role?: string[];

  /**
   * Users in one of these states.
   * @example "active"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(USER_STATUSES.length)
  @IsIn(USER_STATUSES, { each: true })
  status?: UserStatus[];

  /**
   * Users in one of these customer groups, by code.
   * @example "wholesale"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(20)
  @Matches(GROUP_CODE, { each: true, message: 'must be codes of customer groups, separated by commas' })
  group?: string[];

  /**
   * `true`: users who have proven their address; `false`: those who have not.
   * @example "true"
   */
  @IsOptional()
  @IsIn(['true', 'false'])
  emailVerified?: 'true' | 'false';

  /**
   * Users who registered in this span of time.
   * @example { "gte": "2026-01-01T00:00:00Z" }
   */
  @IsOptional()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  createdAt?: InstantRangeDto;

  /**
   * `-createdAt`: newest first.
   * @example "-createdAt"
   */
  @IsOptional()
  @IsIn(USER_SORTS)
  sort: UserSort = '-createdAt';
}

export class UpdateMeDto {
  /**
   * How to address you; null removes the name.
   * @example "Ada King"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;

  /**
   * Telephone number in the international form of E.164; null removes it.
   * @example "+442079460958"
   */
  @IsOptional()
  @IsString()
  @MaxLength(16)
  @Matches(/^\+[1-9]\d{6,14}$/, { message: 'must be an international number, such as +442079460958' })
  phone?: string | null;

  /**
   * Language for mail, as a BCP 47 tag; kept in its canonical form. Null leaves it to the shop.
   * @example "en-GB"
   */
  @IsOptional()
  @IsLanguageTag()
  locale?: string | null;
}
