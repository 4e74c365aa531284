import { isCurrency } from '../../../common/money/currencies.js';
import { SLUG_BUT_NO_ID } from '../../dto/create-product.dto.js';
import type { AttributeValue, ProductOption, ProductStatus } from '../../entities/product.entity.js';
import { optionErrors, optionsOf } from '../../product-options.js';
import { MAX_SLUG_LENGTH } from '../../product-slug.js';
import type { CataloguePrice, CatalogueProduct, CatalogueVariant } from './catalogue-product.js';
import type { ProductFormat, RowOutcome, StagedRow } from './import-format.js';
import { assertWithinLimits } from './limits.js';
import { refuse, RowRefusedError } from './refusal.js';
import type { RawRow } from '../reading/source-file.js';

type Members = Readonly<Record<string, unknown>>;

const STATUSES: readonly ProductStatus[] = ['draft', 'published', 'archived'];

/** Storehouse's own format: NDJSON, a line is a whole product with its variants, named by its slug. */
export class NativeProducts implements ProductFormat<CatalogueProduct> {
  readonly name = 'native';
  readonly sortPrefix = 0;

  read(row: RawRow): RowOutcome<CatalogueProduct> {
    if (!row.values) return { refusals: [row.problem!] };
    try {
      const product = productOf(row.values);
      assertWithinLimits(product);
      return { mergeKey: product.slug!, fragment: product };
    } catch (error) {
      if (error instanceof RowRefusedError) return { refusals: [error.refusal] };
      throw error;
    }
  }

  uniqueKeyOf(mergeKey: string): string {
    return mergeKey;
  }

  assemble(_mergeKey: string, [row]: readonly StagedRow<CatalogueProduct>[]): CatalogueProduct {
    return row!.fragment;
  }
}

function productOf(row: Members): CatalogueProduct {
  known(row, [
    'slug',
    'name',
    'description',
    'brand',
    'status',
    'categories',
    'tags',
    'attributes',
    'options',
    'variants',
  ]);
  const slug = text(row, 'slug');
  if (slug.length > MAX_SLUG_LENGTH || !SLUG_BUT_NO_ID.test(slug)) {
    wrong('slug', 'must be lower-case letters and digits joined by single hyphens, and no UUID');
  }
  const variants = list(row, 'variants').map(variantOf);
  if (variants.length === 0) wrong('variants', 'must not be empty');
  const options = optional(row, 'options', optionList) ?? optionsOf(variants);
  variants.forEach((variant, index) => {
    const [error] = optionErrors(options, variant, `variants/${index}/options`);
    if (error) wrong(error.pointer, error.message);
  });
  return {
    importKey: `native:${slug}`,
    slug,
    name: text(row, 'name').trim(),
    description: optional(row, 'description', text) ?? '',
    brand: optional(row, 'brand', text)?.trim() ?? '',
    status: optional(row, 'status', status) ?? 'draft',
    isStatusStated: true,
    categories: optional(row, 'categories', paths) ?? [],
    tags: optional(row, 'tags', texts) ?? [],
    attributes: optional(row, 'attributes', attributes) ?? {},
    options,
    variants,
  };
}

function variantOf(value: unknown, index: number): CatalogueVariant {
  const at = `variants/${index}`;
  const members = object(value, at);
  known(members, ['sku', 'options', 'prices', 'compareAtPrices', 'barcode', 'weightGrams', 'onHand'], at);
  const former = new Map(
    (optional(members, 'compareAtPrices', moneys, at) ?? []).map(({ currency, amount }) => [currency, amount]),
  );
  const prices = optional(members, 'prices', moneys, at) ?? [];
  const stray = [...former.keys()].find((currency) => !prices.some((price) => price.currency === currency));
  if (stray) wrong(`${at}/compareAtPrices`, `has an amount in ${stray}, in which there is no price`);
  return {
    sku: text(members, 'sku', at),
    options: optional(members, 'options', optionValues, at) ?? {},
    barcode: optional(members, 'barcode', text, at) ?? null,
    weightGrams: optional(members, 'weightGrams', wholeNumber, at) ?? null,
    prices: prices.map(({ amount, currency }): CataloguePrice => ({
      amount,
      currency,
      compareAtAmount: former.get(currency) ?? null,
    })),
    onHand: optional(members, 'onHand', wholeNumber, at) ?? null,
  };
}

function optionList(row: Members, name: string): ProductOption[] {
  return list(row, name).map((value, index) => {
    const at = `${name}/${index}`;
    const members = object(value, at);
    known(members, ['name', 'values'], at);
    return { name: text(members, 'name', at), values: texts(members, 'values', at) };
  });
}

function moneys(row: Members, name: string, at?: string): { amount: number; currency: string }[] {
  return list(row, name, at).map((value, index) => {
    const place = `${join(at, name)}/${index}`;
    const members = object(value, place);
    known(members, ['amount', 'currency'], place);
    const { currency } = members;
    if (!isCurrency(currency)) return wrong(`${place}/currency`, 'must be an ISO 4217 currency code');
    return { amount: wholeNumber(members, 'amount', place), currency };
  });
}

function optionValues(row: Members, name: string, at?: string): Record<string, string> {
  const values = object(row[name], join(at, name));
  if (!Object.values(values).every((value) => typeof value === 'string')) wrong(join(at, name), 'must hold texts');
  return values as Record<string, string>;
}

function attributes(row: Members, name: string): Record<string, AttributeValue> {
  const values = object(row[name], name);
  const isPlain = (value: unknown): boolean =>
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
  for (const [key, value] of Object.entries(values)) {
    if (!(Array.isArray(value) ? value.every(isPlain) : isPlain(value))) {
      wrong(`${name}/${key}`, 'must be a text, a number, true, false, or a list of these');
    }
  }
  return values as Record<string, AttributeValue>;
}

function paths(row: Members, name: string): string[][] {
  return list(row, name).map((value, index) => {
    if (!isTexts(value)) return wrong(`${name}/${index}`, 'must be a list of names from the top of the tree down');
    return value.map((part) => part.trim());
  });
}

function status(row: Members, name: string): ProductStatus {
  return STATUSES.find((known) => known === row[name]) ?? wrong(name, `must be one of ${STATUSES.join(', ')}`);
}

function wholeNumber(row: Members, name: string, at?: string): number {
  const value = row[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  return wrong(join(at, name), 'must be a whole number that is not negative');
}

function text(row: Members, name: string, at?: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : wrong(join(at, name), 'must be a text');
}

function texts(row: Members, name: string, at?: string): string[] {
  const value = row[name];
  return isTexts(value) ? value : wrong(join(at, name), 'must be a list of texts');
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function list(row: Members, name: string, at?: string): unknown[] {
  const value = row[name];
  return Array.isArray(value) ? value : wrong(join(at, name), 'must be a list');
}

function object(value: unknown, at: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  return wrong(at, 'must be an object');
}

function optional<T>(
  row: Members,
  name: string,
  read: (row: Members, name: string, at?: string) => T,
  at?: string,
): T | undefined {
  return row[name] === undefined || row[name] === null ? undefined : read(row, name, at);
}

function known(row: Members, names: readonly string[], at?: string): void {
  const unknown = Object.keys(row).find((name) => !names.includes(name));
  if (unknown !== undefined) refuse('unknown_member', `${join(at, unknown)} is not a member of the format`);
}

function wrong(at: string, message: string): never {
  return refuse('invalid_member', `${at} ${message}`);
}

function join(at: string | undefined, name: string): string {
  return at === undefined ? name : `${at}/${name}`;
}
