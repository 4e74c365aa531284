import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ArrayMaxSize, ArrayUnique, IsArray, Matches } from 'class-validator';
import { InvalidRequestError } from '../../../common/errors/request.errors.js';

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
