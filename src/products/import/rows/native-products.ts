import { isCurrency } from '../../../common/money/currencies.js';
import { type AttributeValue, PRODUCT_STATUSES, type ProductStatus } from '../../entities/product.entity.js';
import { TAX_CATEGORY, TAX_CATEGORY_RULE } from '../../../common/tax-category.js';
import { optionErrors, optionsOf } from '../../product-options.js';
import { MAX_SLUG_LENGTH, SLUG_BUT_NO_ID, SLUG_RULE } from '../../product-slug.js';
import { refuse } from '../import.errors.js';
import { assertWithinLimits, type CatalogueProduct, type CatalogueVariant } from './catalogue-product.js';
import type { ProductFormat } from './import-format.js';
import { isObject, isPlain } from './row-values.js';

/** Storehouse's own format: NDJSON, a line is a whole product with its variants, named by its slug. */
export const nativeProducts: ProductFormat<CatalogueProduct> = {
  name: 'native',
  sortPrefix: 0,
  read(values) {
    const product = productOf(values);
    assertWithinLimits(product);
    return { mergeKey: product.slug!, fragment: product };
  },
  assemble: (_, [product]) => product!,
};

/** Reads a value, or refuses the row; `at` says where in the row it stands. */
type Read<T> = (value: unknown, at: string) => T;

function wrong(at: string, message: string): never {
  return refuse('invalid_member', `${at} ${message}`);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

/** Reads what passes a test. */
const only =
  <T>(test: (value: unknown) => value is T, expected: string): Read<T> =>
  (value, at) =>
    test(value) ? value : wrong(at, `must be ${expected}`);
const listOf =
  <T>(item: Read<T>): Read<T[]> =>
  (value, at) =>
    Array.isArray(value) ? value.map((one, index) => item(one, `${at}/${index}`)) : wrong(at, 'must be a list');
/** Reads what may be absent or null, and then is `otherwise`. */
const or =
  <T, Otherwise>(read: Read<T>, otherwise: Otherwise): Read<T | Otherwise> =>
  (value, at) =>
    value === undefined || value === null ? otherwise : read(value, at);
/** Reads an object of these members and no others. */
const members =
  <T extends object>(reads: { [Name in keyof T]: Read<T[Name]> }): Read<T> =>
  (value, at) => {
    const row = record(value, at);
    const place = (name: string): string => (at === '' ? name : `${at}/${name}`);
    const unknown = Object.keys(row).find((name) => !Object.hasOwn(reads, name));
    if (unknown !== undefined) refuse('unknown_member', `${place(unknown)} is not a member of the format`);
    const names = Object.keys(reads) as (keyof T & string)[];
    return Object.fromEntries(names.map((name) => [name, reads[name](row[name], place(name))])) as T;
  };

const text = only(isText, 'a text');
const texts = only(isTexts, 'a list of texts');
const record = only(isObject, 'an object');
const wholeNumber = only(
  (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
  'a whole number that is not negative',
);
const status = only(
  (value): value is ProductStatus => PRODUCT_STATUSES.some((one) => one === value),
  `one of ${PRODUCT_STATUSES.join(', ')}`,
);
const taxCategory = only((value): value is string => isText(value) && TAX_CATEGORY.test(value), TAX_CATEGORY_RULE);
const path = only(isTexts, 'a list of names from the top of the tree down');
const money = members<{ amount: number; currency: string }>({
  currency: only(isCurrency, 'an ISO 4217 currency code'),
  amount: wholeNumber,
});
const optionValues: Read<Record<string, string>> = (value, at) => {
  const values = record(value, at);
  return Object.values(values).every(isText) ? (values as Record<string, string>) : wrong(at, 'must hold texts');
};
const attributes: Read<Record<string, AttributeValue>> = (value, at) => {
  const values = record(value, at);
  for (const [name, attribute] of Object.entries(values)) {
    if (![attribute].flat().every(isPlain))
      wrong(`${at}/${name}`, 'must be a text, a number, true, false, or a list of these');
  }
  return values as Record<string, AttributeValue>;
};
const slug: Read<string> = (value, at) => {
  const stated = text(value, at);
  return stated.length <= MAX_SLUG_LENGTH && SLUG_BUT_NO_ID.test(stated) ? stated : refuse('invalid_member', SLUG_RULE);
};

const readVariant = members({
  sku: text,
  options: or(optionValues, {}),
  prices: or(listOf(money), []),
  compareAtPrices: or(listOf(money), []),
  barcode: or(text, null),
  weightGrams: or(wholeNumber, null),
  onHand: or(wholeNumber, null),
});

const variant: Read<CatalogueVariant> = (value, at) => {
  const { prices, compareAtPrices, ...stated } = readVariant(value, at);
  const former = new Map(compareAtPrices.map(({ currency, amount }) => [currency, amount]));
  const stray = [...former.keys()].find((currency) => !prices.some((price) => price.currency === currency));
  if (stray) wrong(`${at}/compareAtPrices`, `has an amount in ${stray}, in which there is no price`);
  return {
    ...stated,
    prices: prices.map((price) => ({ ...price, compareAtAmount: former.get(price.currency) ?? null })),
  };
};

const readProduct = members({
  slug,
  name: text,
  description: or(text, ''),
  brand: or(text, ''),
  status: or(status, 'draft' as const),
  categories: or(listOf(path), []),
  tags: or(texts, []),
  attributes: or(attributes, {}),
  taxCategory: or(taxCategory, undefined),
  options: or(listOf(members({ name: text, values: texts })), null),
  variants: listOf(variant),
});

function productOf(row: unknown): CatalogueProduct {
  const { name, brand, categories, variants, ...stated } = readProduct(row, '');
  if (variants.length === 0) wrong('variants', 'must not be empty');
  const options = stated.options ?? optionsOf(variants);
  variants.forEach((one, index) => {
    const [error] = optionErrors(options, one, `variants/${index}/options`);
    if (error) wrong(error.pointer, error.message);
  });
  return {
    ...stated,
    importKey: `native:${stated.slug}`,
    name: name.trim(),
    brand: brand.trim(),
    isStatusStated: true,
    categories: categories.map((names) => names.map((one) => one.trim())),
    options,
    variants,
  };
}
