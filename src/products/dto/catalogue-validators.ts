import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
} from 'class-validator';
import { IsNotBlank } from '../../common/validation/decorators.js';
import { MAX_SLUG_LENGTH, SLUG_BUT_NO_ID, SLUG_RULE } from '../product-slug.js';

export const MAX_ATTRIBUTES = 100;
const MAX_OPTIONS = 10;
/** PostgreSQL refuses index rows beyond 2704 bytes, and a unique index covers the options of a variant. */
const MAX_OPTIONS_BYTES = 2000;

/** Decorators are applied from the last to the first, as if they stood below each other. */
const all = (...decorators: PropertyDecorator[]): PropertyDecorator => applyDecorators(...decorators.reverse());

/** A text of 1 to `longest` characters. */
export const IsText = (longest: number): PropertyDecorator => all(IsString(), MinLength(1), MaxLength(longest));

/** A text that people read: not blank. */
export const IsName = (longest: number): PropertyDecorator => all(IsString(), IsNotBlank(), MaxLength(longest));

/** Up to `most` texts, each of 1 to `longest` characters. */
export const IsTexts = (most: number, longest: number): PropertyDecorator =>
  all(
    IsArray(),
    ArrayMaxSize(most),
    IsString({ each: true }),
    MinLength(1, { each: true }),
    MaxLength(longest, { each: true }),
  );

/** A whole number from 0 to `most`. */
export const IsCount = (most: number): PropertyDecorator => all(IsInt(), Min(0), Max(most));

export const IsSlug = (): PropertyDecorator =>
  all(IsString(), MaxLength(MAX_SLUG_LENGTH), Matches(SLUG_BUT_NO_ID, { message: SLUG_RULE }));

const rule =
  (name: string, isOfType: () => PropertyDecorator, problemOf: (value: unknown) => string | undefined) =>
  (): PropertyDecorator =>
    all(
      ValidateBy({
        name,
        validator: {
          validate: (value: unknown) => problemOf(value) === undefined,
          defaultMessage: (validated) => problemOf(validated?.value) ?? '',
        },
      }),
      isOfType(),
    );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isName = (value: string): boolean => value.trim() !== '' && value.length <= 64;
const isPlain = (value: unknown): boolean =>
  typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) || isText(value, 500);
const isText = (value: unknown, length: number): boolean => typeof value === 'string' && value.length <= length;

function attributesProblem(value: unknown, mayRemove: boolean): string | undefined {
  if (!isRecord(value)) return 'must be an object';
  const entries = Object.entries(value);
  if (entries.length > MAX_ATTRIBUTES) return `must not have more than ${MAX_ATTRIBUTES} members`;
  for (const [name, attribute] of entries) {
    if (!isName(name)) return 'must have names of 1 to 64 characters';
    if (mayRemove && attribute === null) continue;
    if (Array.isArray(attribute) ? attribute.length > 50 || !attribute.every(isPlain) : !isPlain(attribute)) {
      return 'must have values that are numbers, booleans, texts of up to 500 characters, or lists of up to 50 of these';
    }
  }
  return undefined;
}

/** Attributes of a product: names with plain values or short lists of them. */
export const IsAttributes = rule('isAttributes', IsObject, (value) => attributesProblem(value, false));

/** Attributes as JSON Merge Patch (RFC 7396): `null` removes a name. */
export const IsAttributesPatch = rule('isAttributesPatch', IsObject, (value) => attributesProblem(value, true));

/** Option values of a variant: names with texts. */
export const IsOptionValues = rule('isOptionValues', IsObject, (value) => {
  if (!isRecord(value)) return 'must be an object';
  const entries = Object.entries(value);
  if (entries.length > MAX_OPTIONS) return `must not have more than ${MAX_OPTIONS} members`;
  if (!entries.every(([name, text]) => isName(name) && isText(text, 100) && text !== '')) {
    return 'must have names of 1 to 64 characters and texts of 1 to 100';
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_OPTIONS_BYTES)
    return `must not be larger than ${MAX_OPTIONS_BYTES} bytes`;
  return undefined;
});

/** A price list: one price a currency, and a former price only above the present one. */
export const IsPriceList = rule('isPriceList', IsArray, (value) => {
  if (!Array.isArray(value)) return 'must be a list';
  const prices = value as { amount?: unknown; currency?: unknown; compareAtAmount?: unknown }[];
  if (new Set(prices.map((price) => price?.currency)).size < prices.length)
    return 'must not have two prices in one currency';
  const isReduced = prices.every(
    (price) =>
      // What is no amount is told at its own place.
      !Number.isInteger(price?.compareAtAmount) ||
      !Number.isInteger(price.amount) ||
      (price.compareAtAmount as number) > (price.amount as number),
  );
  return isReduced ? undefined : 'must have every compareAtAmount above its amount';
});

const MAX_FILTERED_ATTRIBUTES = 10;

/** A filter by attributes: a short set of names with one text each. */
export const IsAttributeFilter = (): PropertyDecorator =>
  ValidateBy({
    name: 'isAttributeFilter',
    validator: {
      validate: (value) =>
        isRecord(value) &&
        Object.keys(value).length <= MAX_FILTERED_ATTRIBUTES &&
        Object.values(value).every((text) => isText(text, 500)),
      defaultMessage: () =>
        `must be written attributes[name]=value, each name once, with up to ${MAX_FILTERED_ATTRIBUTES} names`,
    },
  });
