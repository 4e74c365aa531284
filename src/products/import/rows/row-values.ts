import type { AttributeValue } from '../../entities/product.entity.js';
import { refuse } from '../import.errors.js';
import type { ColumnRule, TextSource } from '../mappings/mapping.js';

/** The values of a row by column, of the types that the mapping promises; blank and absent ones are missing. */
export type RowValues = Readonly<Record<string, unknown>>;

/** The rule for the columns that a mapping does not name. */
export const OTHER_COLUMNS = '*';

/**
 * Compares a row with the columns of its mapping.
 *
 * @param isText True for the cells of a CSV file, from which numbers, booleans and lists are read. Numbers stay text, so that no digit is lost.
 * @throws RowRefusedError `unknown_column`, `missing_value` or `wrong_type`, naming the column.
 */
export function checkedValues(
  row: RowValues,
  columns: Readonly<Record<string, ColumnRule>>,
  isText: boolean,
): RowValues {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(row)) {
    const rule = Object.hasOwn(columns, name) ? columns[name] : columns[OTHER_COLUMNS];
    if (!rule) return refuse('unknown_column', `the mapping knows no column "${name}"`);
    if (value === null || value === undefined || (typeof value === 'string' && isBlank(value))) continue;
    const { expected, test } = TYPES[rule.type];
    const read = isText ? fromText(value as string, rule) : value;
    if (!(isText && rule.type === 'number' ? read !== undefined : test(read)))
      refuse('wrong_type', `the column "${name}" must be ${expected}`);
    values[name] = read;
  }
  for (const [name, rule] of Object.entries(columns)) {
    if (name !== OTHER_COLUMNS && !rule.optional && values[name] === undefined)
      refuse('missing_value', `the column "${name}" is empty`);
  }
  return values;
}

const isString = (value: unknown): value is string => typeof value === 'string';
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A text, a number, true or false. */
export const isPlain = (value: unknown): boolean =>
  isString(value) || typeof value === 'boolean' || Number.isFinite(value);

const TYPES: Readonly<Record<ColumnRule['type'], { expected: string; test: (value: unknown) => boolean }>> = {
  text: { expected: 'a text', test: isString },
  number: { expected: 'a number', test: Number.isFinite },
  boolean: { expected: 'true or false', test: (value) => typeof value === 'boolean' },
  texts: { expected: 'a list of texts', test: (value) => Array.isArray(value) && value.every(isString) },
  objects: { expected: 'a list of objects', test: (value) => Array.isArray(value) && value.every(isObject) },
  value: {
    expected: 'a text, a number, true or false, or a list of these',
    test: (value) => isPlain(value) || (Array.isArray(value) && value.every(isPlain)),
  },
};

const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/;

function fromText(text: string, rule: ColumnRule): unknown {
  if (rule.type === 'number') return PLAIN_NUMBER.test(text.trim()) ? text.trim() : undefined;
  if (rule.type === 'boolean')
    return /^(true|false)$/i.test(text.trim()) ? text.trim().toLowerCase() === 'true' : undefined;
  if (rule.type !== 'texts') return text;
  return text
    .split(rule.separator ?? '|')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The text that a source gives for a row, in one line without blanks at its ends; undefined when there is none. */
export function textOf(source: TextSource, values: RowValues): string | undefined {
  const text = rawTextOf(source, values);
  if (text === undefined) return undefined;
  const tidy = text.replace(/\s+/g, ' ').trim();
  return tidy === '' ? undefined : tidy;
}

/** Like `textOf` with line breaks and inner blanks left as they are. */
export function paragraphsOf(source: TextSource, values: RowValues): string | undefined {
  const text = rawTextOf(source, values)?.trim();
  return text === '' ? undefined : text;
}

function rawTextOf(source: TextSource, values: RowValues): string | undefined {
  if ('constant' in source) return source.constant;
  if ('template' in source)
    return source.template.replace(/\{([^}]*)\}/g, (_, column: string) => displayed(values[column]));
  const value = values[source.column];
  if (value === undefined) return source.otherwise && rawTextOf(source.otherwise, values);
  let text: string | undefined = displayed(value);
  if (source.pattern !== undefined) text = compiled(source.pattern).exec(text)?.[1];
  if (source.letters === 'upper') return text?.toUpperCase();
  return source.letters === 'lower' ? text?.toLowerCase() : text;
}

/** An attribute as people read it: a list is joined by commas. */
export function displayed(value: unknown): string {
  if (Array.isArray(value)) return value.map(displayed).join(', ');
  return value === undefined ? '' : `${value as string | number | boolean}`;
}

/** The attribute behind a checked value; numbers of a CSV file are still text there. */
export function attributeOf(value: unknown, rule: ColumnRule | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  return rule?.type === 'number' && typeof value === 'string' ? Number(value) : (value as AttributeValue);
}

const patterns = new Map<string, RegExp>();

/** A regular expression of a mapping, compiled once. */
export function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern);
  if (known) return known;
  const expression = new RegExp(pattern, 'u');
  patterns.set(pattern, expression);
  return expression;
}

function isBlank(text: string): boolean {
  return text === '' || text.trim() === '';
}
