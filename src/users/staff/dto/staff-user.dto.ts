import { PickType } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsNotBlank, IsPersonName, MayBeAbsent, MergePatchOf } from '../../../common/validation/decorators.js';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsLanguageTag } from '../../../common/validation/language-tag.js';
import { AreRoleNames } from '../../roles/dto/role.dto.js';

/** An account for somebody else. */
export class CreateUserDto {
  /**
   * Address of the new account; upper and lower case do not make a difference.
   * @example "grace@example.com"
   */
  @IsEmailAddress()
  email: string;

  /**
   * How to address the user.
   * @example "Grace Hopper"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;

  /**
   * Language for mail, as a BCP 47 tag; left out or null, the shop decides.
   * @example "en-GB"
   */
  @IsOptional()
  @IsLanguageTag()
  locale?: string | null;

  /**
   * Names of the roles; you must hold everything they allow.
   * @example ["support"]
   */
  @AreRoleNames()
  roles: string[];
}

/** What staff change of an account (JSON Merge Patch, null removes); address and telephone number are its owner's. */
export class UpdateUserDto extends MergePatchOf(PickType(CreateUserDto, ['name', 'locale'])) {}

/** Why an account is shut out. */
export class DisableUserDto {
  /**
   * For the audit log, which keeps it for good: write nothing personal.
   * @example "Chargeback fraud, case 4711"
   */
  @MayBeAbsent()
  @IsString()
  @MaxLength(500)
  @IsNotBlank()
  reason?: string;
}

/** Which roles a user is to have from then on, and no others. */
export class ReplaceRolesDto extends PickType(CreateUserDto, ['roles']) {}
