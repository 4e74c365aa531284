import { applyDecorators } from '@nestjs/common';
import { OmitType } from '@nestjs/swagger';
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
import { SCOPES } from '../../../common/security/scopes.js';
import { IsNotBlank, MergePatchOf } from '../../../common/validation/decorators.js';
import { ROLE_NAME, ROLE_NAME_MESSAGE } from './role-name.js';

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
