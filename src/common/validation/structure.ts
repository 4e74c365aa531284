import type { FieldError } from '../errors/domain.error.js';
import { expectationOf, OBJECT } from './expected-types.js';

/**
 * Members named like something that every object inherits (`constructor`, `toString`).
 *
 * class-transformer leaves them out without a word; an unknown member is refused by name.
 */
export function inheritedNames(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const pointer = path + escapePointer(name);
    return name in Object.prototype
      ? [{ pointer, code: 'unknown', message: 'is not known here' }]
      : inheritedNames(member, `${pointer}/`);
  });
}

/**
 * Lists where a DTO declares one object, and lists inside lists of objects.
 *
 * `@ValidateNested()` looks into lists of any depth and finds nothing wrong with them; the handler would.
 */
export function misplacedLists(value: unknown, path: string): FieldError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isOfClass(value)) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const pointer = path + escapePointer(name);
    if (!Array.isArray(member)) return misplacedLists(member, `${pointer}/`);
    if (expectationOf(value, name).own === OBJECT) return [notAList(pointer)];
    return member.flatMap((element: unknown, index) =>
      Array.isArray(element) ? [notAList(`${pointer}/${index}`)] : misplacedLists(element, `${pointer}/${index}/`),
    );
  });
}

/** False for what no DTO describes: free JSON, and a query that is read as it comes, which has no prototype. */
function isOfClass({ constructor }: object): boolean {
  return (constructor as unknown) !== undefined && constructor !== Object;
}

/** A member name inside a JSON Pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function notAList(pointer: string): FieldError {
  return { pointer, code: 'isObject', message: 'must not be a list' };
}
