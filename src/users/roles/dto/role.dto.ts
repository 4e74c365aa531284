import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsNotBlank, MayBeAbsent } from '../../../common/validation/decorators.js';
import { ROLE_NAME, ROLE_NAME_MESSAGE } from './role-name.js';
import { AreRoleScopes } from './role-scopes.js';

/** A new role. */
export class CreateRoleDto {
  /**
   * Cannot be changed later.
   * @example "night-shift"
   */
  @IsString()
  @Matches(ROLE_NAME, { message: ROLE_NAME_MESSAGE })
  name: string;

  /**
   * What the role is for.
   * @example "Answers customers at night"
   */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  description?: string | null;

  /**
   * What its holders may do; you must hold all of it yourself.
   * @example ["orders:read"]
   */
  @AreRoleScopes()
  scopes: string[];
}

/** Changes to a role (JSON Merge Patch). */
export class UpdateRoleDto {
  /**
   * What the role is for; null removes it.
   * @example "Answers customers at night"
   */
  @IsOptional()
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  description?: string | null;

  /**
   * What its holders may do, as a whole; you must hold all of it yourself, and all that it was before.
   * @example ["orders:read", "orders:write"]
   */
  @MayBeAbsent()
  @AreRoleScopes()
  scopes?: string[];
}

/** Which roles to list. */
export class ListRolesDto extends PageQueryDto {}
