import type { ValidationError } from 'class-validator';
import type { FieldError } from '../errors/domain.error.js';
import { type Expectation, expectationOf, OBJECT } from './expected-types.js';

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

/**
 * Tells what is wrong with a member and what is inside it: one error each.
 *
 * What is missing is `required`, and a value of a wrong type is called that, whatever other rules it breaks as well; only then does the
 * rule count that class-validator found broken.
 *
 * @param path Where the member is, up to its name.
 */
export function fieldErrors(finding: ValidationError, path: string): FieldError[] {
  const pointer = path + escapePointer(finding.property);
  const broken = Object.entries(finding.constraints ?? {});
  if (broken.some(([name]) => name === 'whitelistValidation')) {
    return [{ pointer, code: 'unknown', message: 'is not known here' }];
  }
  const { target, property } = finding;
  const value: unknown = finding.value;
  const isMember = target !== undefined && !Array.isArray(target);
  if (broken.length > 0 && isMember && (value === undefined || value === null)) {
    return [{ pointer, code: 'required', message: 'is required' }];
  }
  // The elements of a list of objects are looked into one by one.
  const { own, each }: Expectation = isMember ? expectationOf(target, property) : { own: OBJECT };
  if (own && !own.includes(value)) return [{ pointer, code: own.code, message: own.message }];
  if (each && ![value].flat().every(each.includes)) {
    return [{ pointer, code: each.code, message: `each value ${each.message}` }];
  }
  return [
    ...broken.map(([code, message]) => ({ pointer, code, message: withoutName(message, property) })),
    ...(finding.children ?? []).flatMap((child) => fieldErrors(child, `${pointer}/`)),
  ];
}

/** "quantity must not be less than 1" says the name twice beside the pointer. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
