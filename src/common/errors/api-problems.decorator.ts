import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { type DomainErrorClass, PROBLEM_STATUS } from './domain.error.js';

/** Prefix of the operation extensions that `buildOpenApiDocument` turns into documented problem answers. */
export const PROBLEM_EXTENSION = 'x-problem-';

/** Lists the failures of an operation beyond those that every operation has; each becomes an example under its status. */
export const ApiProblems = (...errors: DomainErrorClass[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ...errors.map(({ code, title, kind }) =>
      ApiExtension(PROBLEM_EXTENSION + code, { code, title, status: PROBLEM_STATUS[kind] }),
    ),
  );
