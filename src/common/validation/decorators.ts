import { applyDecorators, type PipeTransform, type Type } from '@nestjs/common';
import { ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString, IsUUID, Matches, MaxLength, ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import { InvalidRequestError } from '../errors/request.errors.js';
import { isUuid } from '../ids.js';

/** A rule of our own: refuses, with the message, a value of which `validate` is not true. */
export const satisfies = (
  name: string,
  validate: (value: unknown) => boolean,
  message: string,
  options?: ValidationOptions,
): PropertyDecorator => ValidateBy({ name, validator: { validate, defaultMessage: () => message } }, options);

/** For PATCH: the member may be left out, but `null` is refused, because what it names cannot be removed (RFC 7396). */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** Marks what a merge patch is read into. */
const IS_MERGE_PATCH = Symbol('merge patch');
/** Names the members of a class that a merge patch removes although nothing says null when they are made. */
const REMOVABLE = Symbol('removable members');

/**
 * The class of a merge patch of what `create` takes (RFC 7396): every member may be left out, and null is taken by those that could be
 * absent from the start.
 */
export const MergePatchOf = <Create extends object>(create: Type<Create>): Type<Partial<Create>> => {
  const patch = PartialType(create, { skipNullProperties: false });
  Object.defineProperty(patch.prototype, IS_MERGE_PATCH, { value: true });
  for (const name of removableOf(create.prototype as object)) {
    ApiPropertyOptional({ nullable: true })(patch.prototype as object, name);
  }
  return patch;
};

/** The member may be left out at first, where null is refused; a merge patch removes it with null. */
export const MayBeRemoved = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf((object: object, value) => value !== undefined && (value !== null || !(IS_MERGE_PATCH in object))),
    (target: object, name: string | symbol) => {
      Reflect.defineMetadata(REMOVABLE, [...removableOf(target), name], target);
    },
  );

const removableOf = (prototype: object) => (Reflect.getMetadata(REMOVABLE, prototype) ?? []) as string[];

const NEEDED = Symbol('needs any of');

/** A body that makes no sense without at least one of these members, which its rules say; the document says that it is needed. */
export const NeedsAnyOf =
  (...members: readonly string[]): ClassDecorator =>
  (target) =>
    Reflect.defineMetadata(NEEDED, members, target);

/** The members of which one is needed; empty where none is. */
export const neededOf = (body: object): readonly string[] =>
  (Reflect.getMetadata(NEEDED, body) as string[] | undefined) ?? [];

/** The member may be left out at first, or be null, and then has a value of its own; no merge patch removes it, so null is refused there. */
export const HasDefault = (): PropertyDecorator =>
  ValidateIf((object: object, value) => value !== undefined && (value !== null || IS_MERGE_PATCH in object));

/** Reads a whole number out of a query parameter; decimals only, so that `1e3`, `0x10` and blanks stay text and are refused. */
export const WholeNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value,
  );

/** Refuses text that is blank once trimmed. */
export const IsNotBlank = (options?: ValidationOptions): PropertyDecorator =>
  satisfies('isNotBlank', (value) => typeof value === 'string' && value.trim() !== '', 'must not be blank', options);

/** Text of one line, without control characters, so that it stays one line on a label and in a mail. */
export const IsLine = (maxLength: number): PropertyDecorator =>
  applyDecorators(
    IsString(),
    MaxLength(maxLength),
    Matches(/^[^\p{Cc}\u2028\u2029]*$/u, { message: 'must be one line without control characters' }),
  );

/** A member that holds a person's name, which can stand in a mail header. */
export const IsPersonName = (): PropertyDecorator => applyDecorators(IsNotBlank(), IsLine(200));

/** A member that must be a UUID; kept in lower case, as PostgreSQL writes it. */
export const IsId = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    IsUUID(),
  );

/** Reads a path parameter that must be a UUID: `@Param('id', UuidParam)`. */
export const UuidParam: PipeTransform<string, string> = {
  transform(value: string, { data }): string {
    if (!isUuid(value)) throw InvalidRequestError.of(`{${data ?? 'id'}}`, 'isUuid', 'must be a UUID');
    return value.toLowerCase();
  },
};
