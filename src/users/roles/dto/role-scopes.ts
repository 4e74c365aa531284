import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, type ValidationArguments } from 'class-validator';
import { SCOPES } from '../../../common/security/scopes.js';

const LONGEST_QUOTE = 40;

/** A member that lists scopes of a role, each once; `*` is for the built-in administrator only. */
export const AreRoleScopes = (): PropertyDecorator =>
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
