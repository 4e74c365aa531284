import { SKU } from '../../dto/create-variant.dto.js';
import type { AttributeValue } from '../../entities/product.entity.js';
import type { CataloguePrice, CatalogueProduct, CatalogueVariant } from './catalogue-product.js';
import { refuse } from './refusal.js';
import { displayed } from './row-values.js';

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
  limit(product.importKey, 1, MAX_KEY_LENGTH, 'the key');
  limit(product.name, 1, 300, 'name');
  limit(product.description ?? '', 0, 20_000, 'description');
  limit(product.brand ?? '', 0, 120, 'brand');
  checkCategories(product.categories ?? []);
  count(product.tags ?? [], 50, 'tags');
  for (const tag of product.tags ?? []) limit(tag, 1, 64, 'a tag');
  distinct(product.tags ?? [], 'tags');
  checkAttributes(product.attributes ?? {});
  count(product.options, 10, 'options');
  distinct(
    product.options.map((option) => option.name),
    'names of options',
  );
  for (const option of product.options) {
    limit(option.name, 1, 64, 'the name of an option');
    distinct(option.values, `values of the option "${option.name}"`);
  }
  count(product.variants, MAX_VARIANTS, 'variants');
  for (const variant of product.variants) checkVariant(variant);
  distinct(
    product.variants.map((variant) => variant.sku),
    'SKUs',
  );
  distinct(
    product.variants.map((variant) => JSON.stringify(Object.entries(variant.options).sort())),
    'variants with the same options',
  );
}

function checkCategories(categories: readonly (readonly string[])[]): void {
  count(categories, 20, 'categories');
  for (const path of categories) {
    if (path.length < 1 || path.length > 10) refuse('out_of_limits', 'a category must be a path of 1 to 10 names');
    for (const name of path) limit(name, 1, 200, 'the name of a category');
  }
}

function checkAttributes(attributes: Readonly<Record<string, AttributeValue>>): void {
  count(Object.keys(attributes), 100, 'attributes');
  for (const [name, value] of Object.entries(attributes)) {
    limit(name, 1, 64, 'the name of an attribute');
    if (Array.isArray(value)) count(value, 50, `values of the attribute "${name}"`);
    for (const item of [value].flat()) limit(displayed(item), 0, 500, `the attribute "${name}"`);
  }
}

function checkVariant(variant: CatalogueVariant): void {
  limit(variant.sku, 1, 100, 'a SKU');
  if (!SKU.test(variant.sku))
    refuse('out_of_limits', `the SKU "${variant.sku}" has control characters, or a blank at an end`);
  for (const [name, value] of Object.entries(variant.options)) limit(value, 1, 100, `the option "${name}"`);
  if (Buffer.byteLength(JSON.stringify(variant.options)) > MAX_OPTIONS_BYTES) {
    refuse('out_of_limits', `the options of ${variant.sku} are larger than ${MAX_OPTIONS_BYTES} bytes`);
  }
  limit(variant.barcode ?? '', 0, 64, 'a barcode');
  integer(variant.weightGrams, 'weightGrams');
  integer(variant.onHand, 'onHand');
  count(variant.prices, 50, 'prices');
  distinct(
    variant.prices.map((price) => price.currency),
    `prices of ${variant.sku} in one currency`,
  );
  for (const price of variant.prices) checkPrice(price, variant.sku);
}

function checkPrice({ amount, compareAtAmount, currency }: CataloguePrice, sku: string): void {
  if (compareAtAmount !== null && (amount === null || compareAtAmount <= amount)) {
    refuse('contradictory', `the former price of ${sku} in ${currency} is not above the present one`);
  }
}

function integer(value: number | null, what: string): void {
  if (value !== null && value > 2_000_000_000) refuse('out_of_limits', `${what} is beyond 2,000,000,000`);
}

function limit(text: string, min: number, max: number, what: string): void {
  if (text.length < min) refuse('out_of_limits', `${what} is empty`);
  if (text.length > max) refuse('out_of_limits', `${what} is longer than ${max} characters`);
}

function count(items: readonly unknown[], max: number, what: string): void {
  if (items.length > max) refuse('out_of_limits', `there are more than ${max} ${what}`);
}

function distinct(values: readonly string[], what: string): void {
  if (new Set(values).size < values.length) refuse('contradictory', `there are two equal ${what}`);
}
