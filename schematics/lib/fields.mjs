import { GenerationError } from './generation-error.mjs';
import { kebab, pascal, snake, words } from './names.mjs';
import { JAVASCRIPT_WORDS } from './reserved.mjs';

/**
 * Reads the fields of a feature.
 *
 *     title:string{1..120} price:money dueAt:datetime? productId:ref(products)! kind:enum(gift|loyalty)=gift tags:string[]
 *
 * A field is `name:type`, then in this order a range (`{1..120}`), what the type needs in brackets, and its marks: `?` may be absent or null,
 * `!` is unique, `=value` is what it is when it is left out.
 */
const FIELD =
  /^(?<name>[^:\s]+):(?<type>[a-z]+(\[\])?)(\{(?<min>-?\d*)\.\.(?<max>-?\d*)\})?(\((?<inside>[^()]*)\))?(?<marks>[?!]*)(=(?<preset>.+))?$/;

const INT4 = 2_147_483_647;
const MAX_TEXT = 5_000;
const MAX_ENTRIES = 100;

/** What each type takes beside its name. */
const TYPES = {
  string: { range: [1, 200], within: [0, 10_000], mayBeUnique: true, mayHavePreset: true },
  text: { range: [1, MAX_TEXT], within: [0, 100_000] },
  int: { range: [0, INT4], within: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], mayHavePreset: true },
  boolean: { mayHavePreset: true },
  money: {},
  date: {},
  datetime: {},
  uuid: { mayBeUnique: true },
  ref: { inside: 'the table it refers to, such as ref(products)', mayBeUnique: true },
  enum: { inside: 'its values, such as enum(gift|loyalty)', mayHavePreset: true },
  'string[]': { range: [0, 50], within: [0, 1_000] },
};

/** Members that every resource has, and parameters that every list has. */
const TAKEN = ['id', 'version', 'createdAt', 'updatedAt'];
const PARAMETERS = ['limit', 'cursor', 'count', 'sort'];
const FILTERS = ['boolean', 'enum', 'ref', 'datetime'];
/** What the tests of the whole application take for a secret that leaves it. */
const SECRET = /hash|sealed|secret|password|costPrice|^challenges?$|token$/i;

/** @param also Names that the feature itself gives to members. @throws GenerationError naming the first field that is none. */
export function parseFields(text, also = []) {
  const fields = String(text ?? '')
    .trim()
    .split(/\s+(?![^(]*\))/)
    .filter(Boolean)
    .map(parseField);
  const names = new Set([...TAKEN, ...also]);
  for (const { name } of fields) {
    if (names.has(name)) throw new GenerationError(`There are two members called ${name}.`);
    names.add(name);
  }
  return fields;
}

function parseField(text) {
  const parts = FIELD.exec(text)?.groups;
  if (!parts)
    throw new GenerationError(`"${text}" is no field: write name:type, such as title:string{1..120} or price:money?.`);
  const { name, type, inside, marks = '', preset } = parts;
  const kind = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const refuse = (why) => {
    throw new GenerationError(`"${text}": ${why}.`);
  };
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) refuse('names of fields are in camelCase, such as dueAt');
  if (JAVASCRIPT_WORDS.has(name) || name in Object.prototype) refuse(`${name} is a reserved word`);
  if (SECRET.test(name)) refuse(`${name} sounds like a secret, which no answer may show`);
  if (!kind) refuse(`there is no type ${type}; there are ${Object.keys(TYPES).join(', ')}`);
  if (PARAMETERS.includes(name) && FILTERS.includes(type)) refuse(`lists have a parameter ${name} already`);
  if (!kind.inside !== (inside === undefined))
    refuse(kind.inside ? `${type} needs ${kind.inside}` : `${type} takes no brackets`);
  const isOptional = marks.includes('?');
  const isUnique = marks.includes('!');
  if (new Set(marks).size < marks.length) refuse('a mark stands twice');
  if (isOptional && type === 'money') refuse('money is always there; an amount of 0 stands for none');
  if (isUnique && !kind.mayBeUnique) refuse(`${type} cannot be unique`);
  if (preset !== undefined && !kind.mayHavePreset) refuse(`${type} takes no default`);
  if (preset !== undefined && isOptional) refuse('what has a default is never absent: leave out the ? or the default');
  const field = {
    name,
    type,
    text,
    column: snake(name),
    Name: pascal(name),
    words: words(type === 'ref' ? name.replace(/Id$/, '') || name : name),
    isOptional,
    isUnique,
    ...rangeOf(parts, kind, refuse),
    ...(type === 'enum' && { values: valuesOf(inside, refuse) }),
    ...(type === 'ref' && { target: inside.trim() }),
  };
  return preset === undefined ? field : { ...field, preset: presetOf(field, preset, refuse) };
}

function rangeOf({ min, max, type }, { range, within }, refuse) {
  if (min === undefined) return range ? { min: range[0], max: range[1] } : {};
  if (!range) refuse(`${type} takes no range`);
  const bounds = { min: min === '' ? range[0] : Number(min), max: max === '' ? range[1] : Number(max) };
  if (bounds.min > bounds.max || bounds.min < within[0] || bounds.max > within[1] || (type !== 'int' && bounds.max < 1))
    refuse(`a range of ${type} is within ${within.join('..')}, the lower bound first`);
  return bounds;
}

function valuesOf(inside, refuse) {
  const values = inside.split('|').map((value) => value.trim());
  if (
    values.length < 2 ||
    values.some((value) => !/^[a-z][a-z0-9_]*$/.test(value)) ||
    new Set(values).size < values.length
  )
    refuse('an enum has at least two values in snake_case, each once');
  return values;
}

function presetOf(field, preset, refuse) {
  const { type, values, min, max } = field;
  if (type === 'boolean' && !['true', 'false'].includes(preset)) refuse('the default of a boolean is true or false');
  if (type === 'enum' && !values.includes(preset)) refuse(`${preset} is none of its values`);
  if (type === 'int' && !(/^-?\d+$/.test(preset) && Number(preset) >= min && Number(preset) <= max))
    refuse(`${preset} is not within its range`);
  if (type === 'string' && (preset.length < min || preset.length > max || /['\\$`]/.test(preset)))
    refuse('the default is not within its range, or holds quotes');
  return type === 'boolean' ? preset === 'true' : type === 'int' ? Number(preset) : preset;
}

const EXAMPLES = {
  title: 'Spring collection',
  name: 'Ada Lovelace',
  code: 'SPRING26',
  description: 'Everything with flowers',
  note: 'Leave it with the neighbour',
  body: 'Keeps tea warm for an hour',
  text: 'Keeps tea warm for an hour',
  comment: 'Keeps tea warm for an hour',
  label: 'Reduced',
  color: 'blue',
  city: 'London',
  url: 'https://example.com/spring',
  tags: 'new',
};
const OTHERS = {
  title: 'Autumn collection',
  name: 'Grace Hopper',
  code: 'AUTUMN26',
  url: 'https://example.com/autumn',
};
const IDS = ['01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90'];

const fitted = (text, { min = 0, max }) => text.slice(0, max).trimEnd().padEnd(min, '.');
const clamp = (number, { min, max }) => Math.min(Math.max(number, min), max);

/** A value of the field for examples and tests, and another one. */
export function samplesOf(field) {
  const { type, name, values, min, max } = field;
  switch (type) {
    case 'string':
    case 'text': {
      const first = EXAMPLES[name] ?? `Some ${kebab(name).replaceAll('-', ' ')}`;
      const other = OTHERS[name] ?? `Other ${kebab(name).replaceAll('-', ' ')}`;
      return [fitted(first, field), fitted(other, field)];
    }
    case 'int':
      return [clamp(min + 4, field), clamp(min + 4 === clamp(min + 4, field) ? min + 3 : min, field)];
    case 'boolean':
      return field.preset === true ? [true, false] : [field.preset ?? true, field.preset === false];
    case 'money':
      return [
        { amount: 1999, currency: 'EUR' },
        { amount: 2499, currency: 'EUR' },
      ];
    case 'date':
      return ['2026-01-15', '2026-02-28'];
    case 'datetime':
      return ['2026-01-15T09:30:00.000Z', '2026-02-28T12:00:00.000Z'];
    case 'enum':
      return [field.preset ?? values[0], values.find((value) => value !== (field.preset ?? values[0]))];
    case 'string[]':
      return [
        [
          EXAMPLES[name] ?? 'one',
          ...(min > 1 ? Array.from({ length: min - 1 }, (_, index) => `more ${index + 1}`) : []),
        ],
        ['another', ...(min > 1 ? Array.from({ length: min - 1 }, (_, index) => `more ${index + 1}`) : [])],
      ].map((list) => list.slice(0, max));
    default:
      return IDS;
  }
}

/** Values that the field refuses, each with where the answer points. */
export function refusalsOf(field) {
  const { type, name, min, max, isOptional } = field;
  const at = `/${name}`;
  const refused = [];
  if (type === 'string' || type === 'text') {
    if (min > 0) refused.push(["' '", at]);
    if (min > 1) refused.push([`'x'.repeat(${min - 1})`, at]);
    refused.push([`'x'.repeat(${max + 1})`, at]);
    if (type === 'string' && max >= 3) refused.push(["'a\\nb'", at]);
  }
  if (type === 'int') {
    if (min > Number.MIN_SAFE_INTEGER) refused.push([String(min - 1), at]);
    if (max < Number.MAX_SAFE_INTEGER) refused.push([String(max + 1), at]);
    refused.push(['1.5', at]);
  }
  if (type === 'boolean') refused.push(["'true'", at]);
  if (type === 'money')
    refused.push(
      ["{ amount: -1, currency: 'EUR' }", `${at}/amount`],
      ["{ amount: 1, currency: 'eur' }", `${at}/currency`],
    );
  if (type === 'date') refused.push(["'2026-02-30'", at], ["'15.01.2026'", at]);
  if (type === 'datetime') refused.push(["'2026-02-30T09:30:00Z'", at], ["'2026-01-15T09:30:00'", at]);
  if (type === 'uuid' || type === 'ref') refused.push(["'none'", at]);
  if (type === 'enum') refused.push(["'none'", at]);
  if (type === 'string[]') refused.push(["['x', ' ']", at], [`Array.from({ length: ${max + 1} }, () => 'x')`, at]);
  if (!isOptional) refused.push(['null', at]);
  return refused;
}

/** The longest that one text of a list may be. */
export const MAX_ENTRY = MAX_ENTRIES;
export const isFilter = ({ type }) => FILTERS.includes(type);
export const isRequired = ({ isOptional, preset }) => !isOptional && preset === undefined;
