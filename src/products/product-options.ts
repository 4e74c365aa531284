import type { FieldError } from '../common/errors/domain.error.js';
import type { ProductOption } from './entities/product.entity.js';

export interface OptionValues {
  readonly options: Readonly<Record<string, string>>;
}

/**
 * The options that a set of variants spans, in the order in which names and values first occur.
 *
 * @param offered Options that come before what only the variants have.
 */
export function optionsOf(variants: readonly OptionValues[], offered: readonly ProductOption[] = []): ProductOption[] {
  const options = new Map(offered.map(({ name, values }) => [name, new Set(values)]));
  for (const variant of variants) {
    for (const [name, value] of Object.entries(variant.options)) {
      options.set(name, (options.get(name) ?? new Set()).add(value));
    }
  }
  return [...options].map(([name, values]) => ({ name, values: [...values] }));
}

/**
 * Compares a variant with the options of its product: it must name one offered value for each.
 *
 * @param pointer Where the variant's options stand in the request.
 */
export function optionErrors(options: readonly ProductOption[], variant: OptionValues, pointer: string): FieldError[] {
  const known = new Map(options.map(({ name, values }) => [name, values]));
  const missing = options
    .filter(({ name }) => !Object.hasOwn(variant.options, name))
    .map(({ name }) => ({ pointer, code: 'required', message: `must name a value of the option "${name}"` }));
  const wrong = Object.entries(variant.options).flatMap(([name, value]) => {
    const values = known.get(name);
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!values) return [{ pointer: at, code: 'unknown', message: 'is not an option of the product' }];
    return values.includes(value) ? [] : [{ pointer: at, code: 'unknown', message: 'is not a value of this option' }];
  });
  return [...missing, ...wrong];
}

/** The name of a variant on its own: the product's name, and in brackets its option values in the order of the options. */
export function variantName(
  productName: string,
  options: readonly ProductOption[],
  values: Readonly<Record<string, string>>,
): string {
  const ordered = options.flatMap(({ name }) => (values[name] === undefined ? [] : [values[name]]));
  return ordered.length === 0 ? productName : `${productName} (${ordered.join(', ')})`;
}
