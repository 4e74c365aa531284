import { createHash } from 'node:crypto';
import { groupBy } from '../../../common/group-by.js';
import { parseDecimal } from '../../../common/money/currencies.js';
import type { AttributeValue } from '../../entities/product.entity.js';
import { optionsOf } from '../../product-options.js';
import { refuse } from '../import.errors.js';
import type { PriceSource, ProductMapping } from '../mappings/mapping.js';
import { assertWithinLimits, type CatalogueProduct, type CatalogueVariant } from './catalogue-product.js';
import type { ProductFormat, ReadRow } from './import-format.js';
import { assertNotRefused } from './refusal-rules.js';
import {
  attributeOf,
  checkedValues,
  displayed,
  OTHER_COLUMNS,
  paragraphsOf,
  type RowValues,
  textOf,
} from './row-values.js';

/** What one row says; what the mapping says for all rows is not repeated here. */
export interface MappedRow {
  readonly name: string;
  readonly description?: string;
  readonly brand?: string;
  readonly categories?: readonly (readonly string[])[];
  readonly tags?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** The SKU, or what it is made from. */
  readonly sku: string;
  readonly barcode?: string;
  /** Minor units; null when the row gives no price. */
  readonly price?: number | null;
}

/** Characters of a SKU that is made from what a row says: 60 bits, so that 100,000 rows meet by chance once in 200 million imports. */
const DIGEST_LENGTH = 12;
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The attributes that all variants of a product share, and the variants. */
interface Variants {
  attributes: Record<string, AttributeValue>;
  variants: CatalogueVariant[];
}

/** Reads rows as a mapping describes them. */
export class MappedProducts implements ProductFormat<MappedRow> {
  readonly name: string;
  readonly sortPrefix = null;

  constructor(private readonly mapping: ProductMapping) {
    this.name = mapping.name;
  }

  read(row: RowValues): ReadRow<MappedRow> {
    const { product, variant, columns, format, refuse: rules = [] } = this.mapping;
    const values = checkedValues(row, columns, format === 'csv');
    assertNotRefused(rules, values);
    const mergeKey = textOf(product.key, values) ?? refuse('no_key', 'the row lacks what names its product');
    const name = textOf(product.name, values) ?? refuse('no_name', 'the row has no product name');
    const attributes = product.attributes && this.attributesOf(values);
    const sku =
      'digestPrefix' in variant.sku
        ? digestOf([mergeKey, ...displayedAttributes(attributes ?? {})])
        : (textOf(variant.sku, values) ?? refuse('no_sku', 'the row has no SKU'));
    const fragment: MappedRow = {
      name,
      description: product.description && paragraphsOf(product.description, values),
      brand: product.brand && textOf(product.brand, values),
      categories: product.categories && this.categoriesOf(values),
      tags: product.tags && [...new Set((values[product.tags.column] as string[] | undefined) ?? [])],
      attributes,
      sku,
      barcode: variant.barcode && textOf(variant.barcode, values),
      price: variant.price && priceOf(variant.price, values),
    };
    return { mergeKey, fragment };
  }

  assemble(mergeKey: string, fragments: readonly MappedRow[]): CatalogueProduct {
    const { product, variant } = this.mapping;
    const last = fragments.at(-1)!;
    const { attributes, variants } =
      'digestPrefix' in variant.sku
        ? this.variantsOfRows(fragments, variant.sku.digestPrefix)
        : this.variantsBySku(fragments);
    const assembled: CatalogueProduct = {
      importKey: `${this.mapping.name}:${mergeKey}`,
      slug: null,
      name: this.prefer(fragments, ({ name }) => name)!,
      description: product.description ? (this.prefer(fragments, ({ description }) => description) ?? '') : null,
      brand: product.brand ? (this.prefer(fragments, ({ brand }) => brand) ?? '') : null,
      status: product.status,
      isStatusStated: false,
      categories: last.categories ?? null,
      tags: last.tags ?? null,
      attributes: product.attributes ? attributes : null,
      options: optionsOf(variants),
      variants,
    };
    assertWithinLimits(assembled);
    return assembled;
  }

  /** Of the values that rows of one product give, the one that the mapping wants where they disagree. */
  private prefer<T>(rows: readonly MappedRow[], valueOf: (row: MappedRow) => T | null | undefined): T | undefined {
    return chosen(rows.map(valueOf), this.mapping.product.onDisagreement ?? 'latest');
  }

  private attributesOf(values: RowValues): Record<string, AttributeValue> {
    const source = this.mapping.product.attributes!;
    const { columns } = this.mapping;
    const names =
      'columns' in source ? source.columns : Object.keys(values).filter((name) => !source.allExcept.includes(name));
    return Object.fromEntries(
      names.flatMap((name) => {
        const value = attributeOf(values[name], columns[name] ?? columns[OTHER_COLUMNS]);
        return displayed(value) === '' ? [] : [[name, value!]];
      }),
    );
  }

  private categoriesOf(values: RowValues): string[][] {
    const paths = this.mapping.product.categories!.map((source) => {
      const names =
        'path' in source
          ? (values[source.path] as string[] | undefined)
          : source.levels.map((level) => textOf(level, values));
      const tidy = (names ?? []).map((name) => name?.replace(/\s+/g, ' ').trim() ?? '').filter((name) => name !== '');
      // A list that names the last shelf twice means that shelf, not one of the same name on it.
      return tidy.filter((name, index) => name !== tidy[index - 1]);
    });
    return paths.filter((path) => path.length > 0);
  }

  /** Rows of one SKU are one variant, and all of the product's attributes are those of its latest row. */
  private variantsBySku(fragments: readonly MappedRow[]): Variants {
    const rowsOf = groupBy(fragments, ({ sku }) => sku);
    const rule = this.mapping.variant.options;
    const latest = [...rowsOf.values()].map((rows) => rows.at(-1)!);
    const { common, differing } = rule ? split(latest) : { common: fragments.at(-1)!.attributes ?? {}, differing: [] };
    const variants = latest.map((row) =>
      this.variant(
        row.sku,
        { ...row, price: this.prefer(rowsOf.get(row.sku)!, ({ price }) => price) },
        rule ? optionsIn(row, differing, rule.missing) : {},
      ),
    );
    return { attributes: common, variants };
  }

  /** Each row is a variant; rows that say the same are told apart by a number. */
  private variantsOfRows(fragments: readonly MappedRow[], digestPrefix: string): Variants {
    const rule = this.mapping.variant.options;
    const { common, differing } = split(fragments);
    const options = fragments.map((fragment) => (rule ? optionsIn(fragment, differing, rule.missing) : {}));
    const skuNumbers = numbersOf(fragments.map(({ sku }) => sku));
    const optionNumbers = numbersOf(options.map((values) => JSON.stringify(values)));
    const hasRepeats = optionNumbers.some((number) => number > 1);
    const variants = fragments.map((fragment, index) => {
      const number = skuNumbers[index]!;
      const sku = `${digestPrefix}-${fragment.sku}${number === 1 ? '' : `-${number}`}`;
      const repeat = rule && hasRepeats ? { [rule.repeat]: String(optionNumbers[index]) } : {};
      return this.variant(sku, fragment, { ...options[index], ...repeat });
    });
    return { attributes: common, variants };
  }

  private variant(sku: string, row: MappedRow, options: Readonly<Record<string, string>>): CatalogueVariant {
    const { price, onHand } = this.mapping.variant;
    return {
      sku,
      options,
      barcode: row.barcode ?? null,
      weightGrams: null,
      prices: price ? [{ currency: price.currency, amount: row.price ?? null, compareAtAmount: null }] : [],
      onHand: onHand ?? null,
    };
  }
}

/**
 * Chooses one of the values that rows of one product give, in the order of the rows.
 *
 * @returns the last value, or the most frequent one, of which the later wins a tie; undefined when there is none.
 */
export function chosen<T>(values: readonly (T | null | undefined)[], rule: 'latest' | 'most_frequent'): T | undefined {
  const given = values.filter((value): value is T & {} => value !== null && value !== undefined);
  if (rule === 'latest') return given.at(-1);
  const counts = new Map<T, number>();
  for (const value of given) counts.set(value, (counts.get(value) ?? 0) + 1);
  const highest = Math.max(0, ...counts.values());
  return given.findLast((value) => counts.get(value) === highest);
}

/** The attributes that all rows share, and the names of those in which they differ. */
function split(rows: readonly MappedRow[]): { common: Record<string, AttributeValue>; differing: string[] } {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.attributes ?? {})))];
  const textIn = (row: MappedRow, name: string): string => displayed(row.attributes?.[name]);
  const differing = names.filter((name) => rows.some((row) => textIn(row, name) !== textIn(rows[0]!, name)));
  const common = names
    .filter((name) => !differing.includes(name))
    .map((name) => [name, rows[0]!.attributes![name]!] as const);
  return { common: Object.fromEntries(common), differing };
}

/** Numbers equal texts 1, 2, 3 … in their order. */
function numbersOf(texts: readonly string[]): number[] {
  const counts = new Map<string, number>();
  return texts.map((text) => {
    const number = (counts.get(text) ?? 0) + 1;
    counts.set(text, number);
    return number;
  });
}

function optionsIn(row: MappedRow, names: readonly string[], missing: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, displayed(row.attributes?.[name]) || missing]));
}

/** Two rows with equal texts here would be two variants with equal options. */
function displayedAttributes(attributes: Readonly<Record<string, AttributeValue>>): string[] {
  return Object.keys(attributes)
    .sort()
    .map((name) => `${name}=${displayed(attributes[name])}`);
}

function digestOf(parts: readonly string[]): string {
  const bytes = createHash('sha256').update(parts.join('\0')).digest();
  return Array.from(bytes.subarray(0, DIGEST_LENGTH), (byte) => BASE32[byte & 31]).join('');
}

/**
 * Minor units of a price; null when the row gives none.
 *
 * @throws RowRefusedError `price_unreadable` for what is no exact price, or below zero.
 */
export function priceOf({ column, currency }: PriceSource, values: RowValues): number | null {
  if (values[column] === undefined) return null;
  const text = displayed(values[column]);
  const amount = parseDecimal(text, currency);
  if (amount === null || amount < 0) {
    return refuse('price_unreadable', `"${text}" in the column "${column}" is no exact price in ${currency}`);
  }
  return amount;
}
