import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MaxLength } from 'class-validator';
import { IsNotBlank } from './decorators.js';

/** A member that holds a person's name: one line of up to 200 characters, so that it can stand in a mail header. */
export const IsPersonName = (): PropertyDecorator =>
  applyDecorators(
    IsString(),
    IsNotBlank(),
    MaxLength(200),
    Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'must be one line without control characters' }),
  );
