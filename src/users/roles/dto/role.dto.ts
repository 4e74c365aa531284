import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { OmitType, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  type ValidationArguments,
} from 'class-validator';
import { InvalidRequestError } from '../../../common/errors/request.errors.js';
import { shown } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { inOrder, SCOPES } from '../../../common/security/scopes.js';
import { IsNotBlank, MergePatchOf } from '../../../common/validation/decorators.js';
import { Role } from '../../entities/role.entity.js';

export const ROLE_NAME = /^[a-z][a-z0-9-]{1,39}$/;
export const ROLE_NAME_MESSAGE = 'must be 2 to 40 lower-case letters, digits and hyphens, the first a letter';
const MOST_ROLES = 20;

/** Reads the path parameter that names a role: `@Param('name', RoleNameParam)`. */
export const RoleNameParam: PipeTransform<string, string> = {
  transform(value: string): string {
    if (!ROLE_NAME.test(value)) throw InvalidRequestError.of('{name}', 'matches', ROLE_NAME_MESSAGE);
    return value;
  },
};

/** A member that lists roles by name, each once. */
export const AreRoleNames = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(MOST_ROLES),
    ArrayUnique({ message: 'must name each role once' }),
    Matches(ROLE_NAME, { each: true, message: 'must be names of roles' }),
  );

const LONGEST_QUOTE = 40;

/** A member that lists scopes of a role, each once; `*` is for the built-in administrator only. */
const AreRoleScopes = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMaxSize(SCOPES.length),
    ArrayUnique({ message: 'must name each scope once' }),
    IsIn(SCOPES, { each: true, message: nameTheUnknown }),
  );

function nameTheUnknown({ value }: ValidationArguments): string {
  const known: readonly unknown[] = SCOPES;
  const unknown = (Array.isArray(value) ? (value as unknown[]) : []).filter((scope) => !known.includes(scope));
  const quoted = unknown.slice(0, 3).map((scope) => (JSON.stringify(scope) ?? '').slice(0, LONGEST_QUOTE));
  return `must be scopes that a role can have; ${quoted.join(', ')} is none`;
}

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

/** Changes to a role (JSON Merge Patch): members that are absent stay, null removes the description. */
export class UpdateRoleDto extends MergePatchOf(OmitType(CreateRoleDto, ['name'])) {}

const SHOWN = ['name', 'description', 'scopes', 'isBuiltIn', 'createdAt', 'updatedAt', 'version'] as const;

/** A named set of scopes. */
export class RoleResponseDto extends PickType(Role, SHOWN) {}

/** One page of roles. */
export class RolePageDto extends PageOf(RoleResponseDto) {}

export function toRoleResponse(role: Role): RoleResponseDto {
  return { ...shown(role, SHOWN), scopes: inOrder(role.scopes) };
}
