import type { ValidationError } from 'class-validator';
import type { FieldError } from '../errors/domain.error.js';
import { type Expectation, expectationOf, OBJECT } from './expected-types.js';
import { escapePointer } from './structure.js';

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
