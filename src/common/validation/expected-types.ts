import { getMetadataStorage, ValidationTypes } from 'class-validator';

/** What JSON calls a value. */
export interface JsonType {
  code: string;
  message: string;
  includes: (value: unknown) => boolean;
}

const STRING: JsonType = {
  code: 'isString',
  message: 'must be a string',
  includes: (value) => typeof value === 'string',
};
const NUMBER: JsonType = {
  code: 'isNumber',
  message: 'must be a number',
  includes: (value) => typeof value === 'number',
};
const INTEGER: JsonType = { code: 'isInt', message: 'must be an integer number', includes: Number.isInteger };
const BOOLEAN: JsonType = {
  code: 'isBoolean',
  message: 'must be a boolean value',
  includes: (value) => typeof value === 'boolean',
};
const LIST: JsonType = { code: 'isArray', message: 'must be an array', includes: Array.isArray };
export const OBJECT: JsonType = {
  code: 'isObject',
  message: 'must be an object',
  includes: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** The type that a rule can hold for, by the name of the rule; the narrowest of a member's rules counts, so `isInt` comes before `min`. */
const TYPES: readonly (readonly [type: JsonType, rules: readonly string[]])[] = [
  [LIST, ['isArray', 'arrayMinSize', 'arrayMaxSize', 'arrayNotEmpty', 'arrayUnique']],
  [OBJECT, ['isObject', 'isNotEmptyObject']],
  [BOOLEAN, ['isBoolean']],
  [INTEGER, ['isInt']],
  [NUMBER, ['isNumber', 'min', 'max']],
  [
    STRING,
    [
      ...['isString', 'isLength', 'minLength', 'maxLength', 'matches', 'isNotBlank', 'isEmail', 'isUuid', 'isUrl'],
      ...['isInstant', 'isDay', 'isIso8601', 'isCurrency', 'isISO31661Alpha2', 'isLanguageTag', 'isLocale'],
    ],
  ],
];

/** What a member is asked to be: itself, and each of its elements. */
export interface Expectation {
  own?: JsonType;
  each?: JsonType;
}

const known = new WeakMap<object, Map<string, Expectation>>();

/** What the rules of a class ask of one of its members. @param target An instance of the class. */
export function expectationOf(target: object, property: string): Expectation {
  let expectations = known.get(target.constructor);
  if (!expectations) known.set(target.constructor, (expectations = new Map<string, Expectation>()));
  let expectation = expectations.get(property);
  if (!expectation) expectations.set(property, (expectation = readExpectation(target, property)));
  return expectation;
}

function readExpectation(target: object, property: string): Expectation {
  const rules = getMetadataStorage()
    .getTargetValidationMetadatas(target.constructor, '', false, false)
    .filter(({ propertyName }) => propertyName === property);
  const typeOf = (forEach: boolean): JsonType | undefined => {
    const here = rules.filter(({ each }) => Boolean(each) === forEach);
    const byName = TYPES.find(([, names]) => here.some(({ name }) => name !== undefined && names.includes(name)))?.[0];
    const [allowed] = (here.find(({ name }) => name === 'isIn')?.constraints?.[0] ?? []) as unknown[];
    return byName ?? [STRING, BOOLEAN, NUMBER].find(({ includes }) => includes(allowed));
  };
  const isNested = rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
  const isDeclaredList = Reflect.getMetadata('design:type', target, property) === Array;
  return { own: typeOf(false) ?? (isNested ? (isDeclaredList ? LIST : OBJECT) : undefined), each: typeOf(true) };
}
