import { SKU } from '../../dto/variant.dto.js';
import type { AttributeValue, ProductOption, ProductStatus } from '../../entities/product.entity.js';
import { refuse } from '../import.errors.js';
import { displayed } from './row-values.js';

/** A price as the file states it; `amount` null says that the variant has no price in this currency. Minor units. */
export interface CataloguePrice {
  readonly currency: string;
  readonly amount: number | null;
  readonly compareAtAmount: number | null;
}

/** A variant as the file states it; `null` is not stated and leaves what is stored. */
export interface CatalogueVariant {
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly barcode: string | null;
  readonly weightGrams: number | null;
  readonly prices: readonly CataloguePrice[];
  /** Pieces that the file says have arrived in all; null leaves stock alone. */
  readonly onHand: number | null;
}

/** A whole product as the file states it, put together from all of its rows; `null` is not stated and leaves what is stored. */
export interface CatalogueProduct {
  /** Names the product in its source, for good. */
  readonly importKey: string;
  /** The address that the file asks for; null makes one from the name when the product is new. */
  readonly slug: string | null;
  readonly name: string;
  readonly description: string | null;
  /** Empty text states that there is no brand. */
  readonly brand: string | null;
  readonly status: ProductStatus;
  /** False: the status is only that of a new product, and a later decision of the staff stays. */
  readonly isStatusStated: boolean;
  /** Names from the top of the tree down, one list a category. */
  readonly categories: readonly (readonly string[])[] | null;
  readonly tags: readonly string[] | null;
  readonly attributes: Readonly<Record<string, AttributeValue>> | null;
  /** Absent leaves what is stored. */
  readonly taxCategory?: string;
  readonly options: readonly ProductOption[];
  readonly variants: readonly CatalogueVariant[];
}

/** Characters of a key; PostgreSQL refuses index entries beyond 2704 bytes. */
export const MAX_KEY_LENGTH = 400;
const MAX_VARIANTS = 1_000;
const MAX_OPTIONS_BYTES = 2_000;

/**
 * Makes sure that a product keeps the bounds which the API sets as well, and does not contradict itself.
 *
 * @throws RowRefusedError `out_of_limits` or `contradictory`, naming the member.
 */
export function assertWithinLimits(product: CatalogueProduct): void {
  const { categories, tags, attributes, options, variants } = product;
  length('the key', product.importKey, 1, MAX_KEY_LENGTH);
  length('name', product.name, 1, 300);
  length('description', product.description ?? '', 0, 20_000);
  length('brand', product.brand ?? '', 0, 120);
  count('categories', categories ?? [], 20);
  for (const path of categories ?? []) {
    if (path.length < 1 || path.length > 10) refuse('out_of_limits', 'a category must be a path of 1 to 10 names');
    for (const name of path) length('the name of a category', name, 1, 200);
  }
  count('tags', tags ?? [], 50);
  for (const tag of tags ?? []) length('a tag', tag, 1, 64);
  distinct('tags', tags ?? []);
  count('attributes', Object.keys(attributes ?? {}), 100);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    length('the name of an attribute', name, 1, 64);
    if (Array.isArray(value)) count(`values of the attribute "${name}"`, value, 50);
    for (const item of [value].flat()) length(`the attribute "${name}"`, displayed(item), 0, 500);
  }
  count('options', options, 10);
  distinct('names of options', options, ({ name }) => name);
  for (const { name, values } of options) {
    length('the name of an option', name, 1, 64);
    distinct(`values of the option "${name}"`, values);
  }
  count('variants', variants, MAX_VARIANTS);
  for (const variant of variants) checkVariant(variant);
  distinct('SKUs', variants, ({ sku }) => sku);
  distinct('variants with the same options', variants, (variant) => optionsKey(variant.options));
}

/** Equal for variants that have the same options. */
export function optionsKey(options: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(options).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function checkVariant({ sku, options, barcode, weightGrams, onHand, prices }: CatalogueVariant): void {
  length('a SKU', sku, 1, 100);
  if (!SKU.test(sku)) refuse('out_of_limits', `the SKU "${sku}" has control characters, or a blank at an end`);
  for (const [name, value] of Object.entries(options)) length(`the option "${name}"`, value, 1, 100);
  if (Buffer.byteLength(JSON.stringify(options)) > MAX_OPTIONS_BYTES)
    refuse('out_of_limits', `the options of ${sku} are larger than ${MAX_OPTIONS_BYTES} bytes`);
  length('a barcode', barcode ?? '', 0, 64);
  for (const [name, value] of Object.entries({ weightGrams, onHand }))
    if (value !== null && value > 2_000_000_000) refuse('out_of_limits', `${name} is beyond 2,000,000,000`);
  count('prices', prices, 50);
  distinct(`prices of ${sku} in one currency`, prices, ({ currency }) => currency);
  for (const { amount, compareAtAmount, currency } of prices) {
    if (compareAtAmount !== null && (amount === null || compareAtAmount <= amount))
      refuse('contradictory', `the former price of ${sku} in ${currency} is not above the present one`);
  }
}

function length(what: string, text: string, min: number, max: number): void {
  if (text.length < min) refuse('out_of_limits', `${what} is empty`);
  if (text.length > max) refuse('out_of_limits', `${what} is longer than ${max} characters`);
}

function count(what: string, items: readonly unknown[], max: number): void {
  if (items.length > max) refuse('out_of_limits', `there are more than ${max} ${what}`);
}

function distinct<Item>(what: string, items: readonly Item[], keyOf: (item: Item) => unknown = (item) => item): void {
  if (new Set(items.map(keyOf)).size < items.length) refuse('contradictory', `there are two equal ${what}`);
}
