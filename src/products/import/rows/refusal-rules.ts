import { minorDigits } from '../../../common/money/currencies.js';
import { type Refusals, RowRefusedError } from '../import.errors.js';
import type { Condition, RefusalRule } from '../mappings/mapping.js';
import { compiled, displayed, type RowValues } from './row-values.js';

/** Every rule that a row meets, in the order of the rules; undefined when it meets none. */
export function refusalsOf(rules: readonly RefusalRule[], values: RowValues): Refusals | undefined {
  const [first, ...others] = rules.filter(({ column, when }) => isMet(when, values[column]));
  return first && [first, ...others];
}

/** @throws RowRefusedError for a row that meets a rule. */
export function assertNotRefused(rules: readonly RefusalRule[], values: RowValues): void {
  const refusals = refusalsOf(rules, values);
  if (refusals) throw new RowRefusedError(refusals);
}

function isMet(condition: Condition, value: unknown): boolean {
  if ('isBlank' in condition) return value === undefined;
  if (value === undefined) return false;
  const text = displayed(value).trim();
  if ('matches' in condition) return compiled(condition.matches).test(text);
  if ('isOneOf' in condition) return namesOf(condition.isOneOf).has(text.toUpperCase());
  if ('isFinerThan' in condition) return isFinerThan(text, condition.isFinerThan);
  const number = Number(text);
  if ('isAtMost' in condition) return number <= condition.isAtMost;
  if ('isBelow' in condition) return number < condition.isBelow;
  return number === condition.equals;
}

/** True for a plain decimal that has more places than the currency; anything else is for another rule to refuse. */
function isFinerThan(text: string, currency: string): boolean {
  const fraction = /^-?\d+\.(\d*?)0*$/.exec(text)?.[1];
  return fraction !== undefined && fraction.length > minorDigits(currency);
}

const nameSets = new WeakMap<readonly string[], ReadonlySet<string>>();

function namesOf(names: readonly string[]): ReadonlySet<string> {
  const known = nameSets.get(names);
  if (known) return known;
  const set = new Set(names.map((name) => name.toUpperCase()));
  nameSets.set(names, set);
  return set;
}
