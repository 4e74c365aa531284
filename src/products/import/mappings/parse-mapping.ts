import { isCurrency } from '../../../common/money/currencies.js';
import { MappingError } from '../import.errors.js';
import type { ColumnType, Mapping } from './mapping.js';

type Members = Readonly<Record<string, unknown>>;
/** Keys of the native format, and of categories that are found by their path, begin with these. */
const RESERVED_NAMES = ['native', 'path'];

type Check = (value: unknown, at: string) => void;

/**
 * Checks that a value read from a JSON file is a mapping.
 *
 * @param source Shown in the message.
 * @throws MappingError naming every member that is wrong.
 */
export function parseMapping(value: unknown, source: string): Mapping {
  const problems: string[] = [];
  new MappingCheck(problems).mapping(value, 'the mapping');
  if (problems.length > 0) throw new MappingError(source, problems);
  return value as Mapping;
}

/** Walks through a mapping and notes what is wrong; the grammar is that of mapping.ts. */
class MappingCheck {
  private columns: Members = {};

  constructor(private readonly problems: string[]) {}

  mapping: Check = (value, at) => {
    const kind = isObject(value) ? value.kind : undefined;
    const base = {
      name: this.name,
      kind: this.oneOf('products', 'categories'),
      format: this.oneOf('ndjson', 'csv'),
      columns: this.columnRules,
    };
    this.columns = isObject(value) && isObject(value.columns) ? value.columns : {};
    const parts: Readonly<Record<string, Check>> =
      kind === 'categories' ? { category: this.category } : { product: this.product, variant: this.variant };
    const optional = { encoding: this.encoding, delimiter: this.text, refuse: this.listOf(this.refusal) };
    this.members(value, at, { ...base, ...parts }, optional);
  };

  private columnRules: Check = (value, at) => {
    if (!isObject(value)) return this.note(at, 'must be an object');
    const types = this.oneOf('text', 'number', 'boolean', 'texts', 'objects', 'value');
    for (const [name, rule] of Object.entries(value)) {
      this.members(rule, `${at}.${name}`, { type: types }, { optional: this.boolean, separator: this.text });
    }
  };

  private refusal: Check = (value, at) => {
    this.members(value, at, { code: this.code, message: this.text, column: this.column, when: this.condition });
  };

  private condition: Check = (value, at) => {
    this.exactlyOne(value, at, {
      matches: this.pattern,
      isOneOf: this.listOf(this.text),
      isBlank: this.only(true),
      isAtMost: this.number,
      isBelow: this.number,
      equals: this.number,
      isFinerThan: this.currency,
    });
  };

  private product: Check = (value, at) => {
    this.members(
      value,
      at,
      { key: this.source, name: this.source, status: this.oneOf('draft', 'published') },
      {
        description: this.source,
        brand: this.source,
        categories: this.listOf(this.categoryPath),
        tags: this.object({ column: this.columnOf('texts') }),
        attributes: this.attributes,
        onDisagreement: this.oneOf('latest', 'most_frequent'),
      },
    );
  };

  private categoryPath: Check = (value, at) => {
    this.exactlyOne(value, at, { path: this.columnOf('texts'), levels: this.listOf(this.source) });
  };

  private attributes: Check = (value, at) => {
    this.exactlyOne(value, at, { columns: this.listOf(this.column), allExcept: this.listOf(this.text) });
  };

  private variant: Check = (value, at) => {
    this.members(
      value,
      at,
      { sku: this.sku },
      {
        price: this.object({ column: this.columnOf('number'), currency: this.currency }),
        barcode: this.source,
        onHand: this.wholeNumber,
        options: this.object({ missing: this.text, repeat: this.text }),
      },
    );
    if (isObject(value) && isObject(value.sku) && 'digestPrefix' in value.sku && value.options === undefined) {
      this.note(`${at}.options`, 'is needed with digestPrefix, because variants of a product must differ');
    }
  };

  private sku: Check = (value, at) => {
    if (isObject(value) && 'digestPrefix' in value) this.members(value, at, { digestPrefix: this.code });
    else this.source(value, at);
  };

  private category: Check = (value, at) => {
    const list = this.object({ column: this.columnOf('objects'), id: this.text });
    this.members(value, at, { id: this.source, name: this.source, path: list }, { children: list });
  };

  private source: Check = (value, at) => {
    if (isObject(value) && 'column' in value) {
      const optional = { pattern: this.pattern, letters: this.oneOf('upper', 'lower'), otherwise: this.source };
      return this.members(value, at, { column: this.column }, optional);
    }
    this.exactlyOne(value, at, { constant: this.text, template: this.template });
  };

  private template: Check = (value, at) => {
    this.text(value, at);
    for (const [, column] of String(value).matchAll(/\{([^}]*)\}/g)) this.column(column, at);
  };

  private column: Check = (value, at) => {
    if (typeof value !== 'string' || !Object.hasOwn(this.columns, value)) this.note(at, 'must name one of the columns');
  };

  private columnOf(type: ColumnType): Check {
    return (value, at) => {
      const rule = typeof value === 'string' && Object.hasOwn(this.columns, value) ? this.columns[value] : undefined;
      if (!isObject(rule) || rule.type !== type) this.note(at, `must name a column of type ${type}`);
    };
  }

  private pattern: Check = (value, at) => {
    try {
      if (typeof value === 'string' && new RegExp(value, 'u')) return;
    } catch {
      // Noted below, like a value that is no text at all.
    }
    this.note(at, 'must be a regular expression');
  };

  private encoding: Check = (value, at) => {
    try {
      if (typeof value === 'string' && new TextDecoder(value)) return;
    } catch {
      // Noted below, like a value that is no text at all.
    }
    this.note(at, 'must be an encoding such as utf-8 or windows-1252');
  };

  private currency: Check = (value, at) =>
    void (isCurrency(value) || this.note(at, 'must be an ISO 4217 currency code'));
  private text: Check = (value, at) =>
    void ((typeof value === 'string' && value !== '') || this.note(at, 'must be a text'));
  private number: Check = (value, at) => void (Number.isFinite(value) || this.note(at, 'must be a number'));
  private boolean: Check = (value, at) => void (typeof value === 'boolean' || this.note(at, 'must be true or false'));
  private name: Check = (value, at) => {
    this.matching(value, at, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');
    if (RESERVED_NAMES.includes(value as string)) this.note(at, 'is a name that Storehouse keeps for itself');
  };
  private code: Check = (value, at) => this.matching(value, at, /^\w+$/, 'letters, digits and underscores');
  private wholeNumber: Check = (value, at) =>
    void (
      (Number.isSafeInteger(value) && (value as number) >= 0) ||
      this.note(at, 'must be a whole number that is not negative')
    );

  private only(expected: unknown): Check {
    return (value, at) => void (value === expected || this.note(at, `must be ${String(expected)}`));
  }

  private oneOf(...values: string[]): Check {
    return (value, at) =>
      void (values.includes(value as string) || this.note(at, `must be one of ${values.join(', ')}`));
  }

  private listOf(check: Check): Check {
    return (value, at) => {
      if (!Array.isArray(value)) return this.note(at, 'must be a list');
      value.forEach((item, index) => check(item, `${at}[${index}]`));
    };
  }

  private object(required: Readonly<Record<string, Check>>): Check {
    return (value, at) => this.members(value, at, required);
  }

  private matching(value: unknown, at: string, pattern: RegExp, expected: string): void {
    if (typeof value !== 'string' || !pattern.test(value)) this.note(at, `must be ${expected}`);
  }

  private exactlyOne(value: unknown, at: string, checks: Readonly<Record<string, Check>>): void {
    const names = Object.keys(checks);
    const given = isObject(value) ? Object.keys(value) : [];
    if (given.length !== 1 || !names.includes(given[0]!))
      return this.note(at, `must have exactly one of ${names.join(', ')}`);
    this.members(value, at, { [given[0]!]: checks[given[0]!]! });
  }

  private members(
    value: unknown,
    at: string,
    required: Readonly<Record<string, Check>>,
    optional: Readonly<Record<string, Check>> = {},
  ): void {
    if (!isObject(value)) return this.note(at, 'must be an object');
    for (const [name, check] of Object.entries(required)) {
      if (value[name] === undefined) this.note(`${at}.${name}`, 'is missing');
      else check(value[name], `${at}.${name}`);
    }
    for (const [name, member] of Object.entries(value)) {
      if (Object.hasOwn(required, name)) continue;
      if (!Object.hasOwn(optional, name)) this.note(`${at}.${name}`, 'is not known');
      else if (member !== undefined) optional[name]!(member, `${at}.${name}`);
    }
  }

  private note(at: string, problem: string): void {
    this.problems.push(`${at.replace(/^the mapping\./, '')} ${problem}`);
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
