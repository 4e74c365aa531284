import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetPath } from '../../../common/assets.js';
import { isCurrency } from '../../../common/money/currencies.js';
import { ImportFailedError, MappingError } from '../import.errors.js';
import { isObject } from '../rows/row-values.js';
import type { ColumnType, Mapping } from './mapping.js';

type Members = Readonly<Record<string, unknown>>;
/** Keys of the native format, and of categories that are found by their path, begin with these. */
const RESERVED_NAMES = ['native', 'path'];

/** The mappings that come with Storehouse, by name: the files of `assets/mappings`. */
export function knownMappings(): Record<string, Mapping> {
  const folder = assetPath('mappings');
  const mappings = readdirSync(folder).map((file) => readMapping(join(folder, file)));
  return Object.fromEntries(mappings.map((mapping) => [mapping.name, mapping]));
}

/**
 * Finds a mapping by its name, or reads one from a JSON file.
 *
 * @throws ImportFailedError when there is neither; MappingError when the file is no mapping.
 */
export function findMapping(nameOrPath: string): Mapping {
  const known = knownMappings();
  if (Object.hasOwn(known, nameOrPath)) return known[nameOrPath]!;
  try {
    return readMapping(nameOrPath);
  } catch (cause) {
    if (cause instanceof MappingError) throw cause;
    const names = Object.keys(known).sort().join(', ');
    const message =
      cause instanceof SyntaxError
        ? `The mapping ${nameOrPath} is no JSON: ${cause.message}`
        : `There is no mapping "${nameOrPath}": it is neither one of ${names} nor a file that can be read.`;
    throw new ImportFailedError(message, { cause });
  }
}

function readMapping(path: string): Mapping {
  return parseMapping(JSON.parse(readFileSync(path, 'utf8')), path);
}

/**
 * Checks that a value read from a JSON file is a mapping.
 *
 * @param source Shown in the message.
 * @throws MappingError naming every member that is wrong.
 */
export function parseMapping(value: unknown, source: string): Mapping {
  const problems = problemsOf(value).map((problem) => problem.replace(/^the mapping\./, ''));
  if (problems.length > 0) throw new MappingError(source, problems);
  return value as Mapping;
}

/** Says what is wrong with a value that stands at a place of the mapping; nothing when all is well. */
type Check = (value: unknown, at: string) => string[];
type Checks = Readonly<Record<string, Check>>;

/** Refuses what does not pass a test; a test that throws has not passed. */
const must =
  (expected: string, test: (value: unknown) => unknown): Check =>
  (value, at) => {
    try {
      if (test(value)) return [];
    } catch {
      // Told below, like a value that has failed the test.
    }
    return [`${at} ${expected}`];
  };
const matching = (pattern: RegExp, expected: string): Check =>
  must(`must be ${expected}`, (value) => typeof value === 'string' && pattern.test(value));
const oneOf = (...values: string[]): Check =>
  must(`must be one of ${values.join(', ')}`, (value) => values.includes(value as string));
const listOf =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value) ? value.flatMap((item, index) => check(item, `${at}[${index}]`)) : [`${at} must be a list`];
const members =
  (required: Checks, optional: Checks = {}): Check =>
  (value, at) => {
    if (!isObject(value)) return [`${at} must be an object`];
    const needed = Object.entries(required).flatMap(([name, check]) =>
      value[name] === undefined ? [`${at}.${name} is missing`] : check(value[name], `${at}.${name}`),
    );
    const others = Object.entries(value).filter(([name]) => !Object.hasOwn(required, name));
    const further = others.flatMap(([name, member]) => {
      if (!Object.hasOwn(optional, name)) return [`${at}.${name} is not known`];
      return member === undefined ? [] : optional[name]!(member, `${at}.${name}`);
    });
    return [...needed, ...further];
  };
const exactlyOne =
  (checks: Checks): Check =>
  (value, at) => {
    const [name, ...others] = isObject(value) ? Object.keys(value) : [];
    if (name === undefined || others.length > 0 || !Object.hasOwn(checks, name))
      return [`${at} must have exactly one of ${Object.keys(checks).join(', ')}`];
    return members({ [name]: checks[name]! })(value, at);
  };

const text = must('must be a text', (value) => typeof value === 'string' && value !== '');
const number = must('must be a number', Number.isFinite);
const wholeNumber = must(
  'must be a whole number that is not negative',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
const boolean = must('must be true or false', (value) => typeof value === 'boolean');
const code = matching(/^\w+$/, 'letters, digits and underscores');
const currency = must('must be an ISO 4217 currency code', isCurrency);
const numberPrefix = matching(
  /^[A-Z][A-Z0-9]{0,9}-$/,
  'capital letters and digits, a letter first, and a hyphen at the end',
);
const timeZone = must(
  'must be an IANA time zone such as Europe/London',
  (value) => typeof value === 'string' && new Intl.DateTimeFormat('en', { timeZone: value }),
);
const pattern = must('must be a regular expression', (value) => typeof value === 'string' && new RegExp(value, 'u'));
const encoding = must(
  'must be an encoding such as utf-8 or windows-1252',
  (value) => typeof value === 'string' && new TextDecoder(value),
);
const name: Check = (value, at) => [
  ...matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')(value, at),
  ...must('is a name that Storehouse keeps for itself', () => !RESERVED_NAMES.includes(value as string))(value, at),
];

/** The grammar of mapping.ts. */
function problemsOf(mapping: unknown): string[] {
  const { kind, columns } = isObject(mapping) ? mapping : {};
  const ruleOf = (column: unknown): unknown =>
    isObject(columns) && typeof column === 'string' && Object.hasOwn(columns, column) ? columns[column] : undefined;
  const column = must('must name one of the columns', (value) => ruleOf(value) !== undefined);
  const columnOf = (type: ColumnType): Check =>
    must(`must name a column of type ${type}`, (value) => (ruleOf(value) as Members | undefined)?.type === type);

  const columnRules: Check = (value, at) => {
    if (!isObject(value)) return [`${at} must be an object`];
    const type = oneOf('text', 'number', 'boolean', 'texts', 'objects', 'value');
    const rule = members({ type }, { optional: boolean, separator: text });
    return Object.entries(value).flatMap(([title, one]) => rule(one, `${at}.${title}`));
  };
  const template: Check = (value, at) => [
    ...text(value, at),
    ...Array.from(String(value).matchAll(/\{([^}]*)\}/g)).flatMap(([, title]) => column(title, at)),
  ];
  const source: Check = (value, at) =>
    isObject(value) && 'column' in value
      ? members({ column }, { pattern, letters: oneOf('upper', 'lower'), otherwise: source })(value, at)
      : exactlyOne({ constant: text, template })(value, at);
  const condition = exactlyOne({
    matches: pattern,
    isOneOf: listOf(text),
    isBlank: must('must be true', (value) => value === true),
    isAtMost: number,
    isBelow: number,
    equals: number,
    isFinerThan: currency,
  });
  const product = members(
    { key: source, name: source, status: oneOf('draft', 'published') },
    {
      description: source,
      brand: source,
      categories: listOf(exactlyOne({ path: columnOf('texts'), levels: listOf(source) })),
      tags: members({ column: columnOf('texts') }),
      attributes: exactlyOne({ columns: listOf(column), allExcept: listOf(text) }),
      onDisagreement: oneOf('latest', 'most_frequent'),
    },
  );
  const price = members({ column: columnOf('number'), currency });
  const hasDigest = (sku: unknown): boolean => isObject(sku) && 'digestPrefix' in sku;
  const variantMembers = members(
    { sku: (value, at) => (hasDigest(value) ? members({ digestPrefix: code }) : source)(value, at) },
    {
      price,
      barcode: source,
      onHand: wholeNumber,
      options: members({ missing: text, repeat: text }),
    },
  );
  const variant: Check = (value, at) => [
    ...variantMembers(value, at),
    ...(isObject(value) && hasDigest(value.sku) && value.options === undefined
      ? [`${at}.options is needed with digestPrefix, because variants of a product must differ`]
      : []),
  ];
  const ids = members({ column: columnOf('objects'), id: text });
  const category = members({ id: source, name: source, path: ids }, { children: ids });
  const order = members(
    { number: source, placedAt: members({ column, timeZone }), customer: source },
    { prefix: numberPrefix, email: source, tags: listOf(source) },
  );
  const line = members({ sku: source, name: source, quantity: columnOf('number'), price }, { variant: source });
  return members(
    {
      name,
      kind: oneOf('products', 'categories', 'orders'),
      format: oneOf('ndjson', 'csv'),
      columns: columnRules,
      ...(kind === 'categories' ? { category } : kind === 'orders' ? { order, line } : { product, variant }),
    },
    { encoding, delimiter: text, refuse: listOf(members({ code, message: text, column, when: condition })) },
  )(mapping, 'the mapping');
}
