import { refuse } from '../import.errors.js';
import type { CategoryMapping } from '../mappings/mapping.js';
import { MAX_KEY_LENGTH } from './catalogue-product.js';
import type { ReadRow, RowReader } from './import-format.js';
import { assertNotRefused } from './refusal-rules.js';
import { checkedValues, type RowValues, textOf } from './row-values.js';

/** What one row says about a category; ids are those of the file. */
export interface CategoryRow {
  readonly id: string;
  readonly name: string;
  /** Merge keys of its ancestors, nearest first. */
  readonly ancestors: readonly string[];
  readonly children: readonly string[];
}

const MAX_DEPTH = 100;
/** Characters of a merge key before the id. */
const DEPTH_DIGITS = 3;

/** Reads rows of a category tree as a mapping describes them. */
export class MappedCategories implements RowReader<CategoryRow> {
  readonly name: string;
  readonly sortPrefix = DEPTH_DIGITS;

  constructor(private readonly mapping: CategoryMapping) {
    this.name = mapping.name;
  }

  read(row: RowValues): ReadRow<CategoryRow> {
    const { category: rule, columns, format, refuse: rules = [] } = this.mapping;
    const values = checkedValues(row, columns, format === 'csv');
    assertNotRefused(rules, values);
    const id = textOf(rule.id, values) ?? refuse('no_key', 'the row has no id');
    const name = textOf(rule.name, values) ?? refuse('no_name', 'the row has no name');
    if (id.length > MAX_KEY_LENGTH || name.length > 200) refuse('out_of_limits', 'the id or the name is too long');
    const path = idsIn(values[rule.path.column], rule.path.id);
    if (path.at(-1) !== id) refuse('wrong_path', 'the path does not end with the category itself');
    if (new Set(path).size < path.length) refuse('wrong_path', 'the path leads in a circle');
    if (path.length > MAX_DEPTH) refuse('out_of_limits', `the path is longer than ${MAX_DEPTH}`);
    const [mergeKey, ...ancestors] = path.map((one, depth) => mergeKeyOf(depth, one)).reverse();
    const children = rule.children ? [...new Set(idsIn(values[rule.children.column], rule.children.id))] : [];
    return { mergeKey: mergeKey!, fragment: { id, name, ancestors, children } };
  }

  /** The key under which a category is stored for good. */
  importKeyOf(id: string): string {
    return `${this.mapping.name}:${id}`;
  }
}

/** The id that a merge key is of. */
export function idOf(mergeKey: string): string {
  return mergeKey.slice(DEPTH_DIGITS);
}

/** Sorts a category behind all that can be above it, so that parents are there before their children. */
function mergeKeyOf(depth: number, id: string): string {
  return `${String(depth).padStart(DEPTH_DIGITS, '0')}${id}`;
}

function idsIn(value: unknown, member: string): string[] {
  return ((value as Record<string, unknown>[] | undefined) ?? []).map(
    (item) =>
      textOf({ column: 'id' }, { id: item[member] ?? undefined }) ??
      refuse('wrong_path', `an entry of a list has no ${member}`),
  );
}
