/** An amount in minor units (1999 is 19.99 EUR, or 1999 JPY) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** What prices are shown, compared and ordered in when a request names no currency. */
export const DEFAULT_CURRENCY = 'EUR';

/** Two amounts of different currencies met in one calculation. */
export class CurrencyMismatchError extends Error {
  constructor(left: string, right: string) {
    super(`${left} and ${right} cannot be added`);
    this.name = 'CurrencyMismatchError';
  }
}

/** @throws RangeError unless `amount` is an exact integer within ±(2^53 − 1) minor units. */
export function money(amount: number, currency: string): Money {
  return { amount: exact(amount), currency };
}

/** @throws CurrencyMismatchError for two currencies; RangeError when the sum is beyond the exact integers. */
export function add(left: Money, right: Money): Money {
  if (left.currency !== right.currency) throw new CurrencyMismatchError(left.currency, right.currency);
  return money(left.amount + right.amount, left.currency);
}

/** @param quantity Whole units. @throws RangeError when the product is beyond the exact integers. */
export function multiply(unitPrice: Money, quantity: number): Money {
  return money(exact(quantity) * unitPrice.amount, unitPrice.currency);
}

/**
 * The part of an amount that a ratio names, rounded half away from zero.
 *
 * @param amount Minor units. @param denominator Above zero.
 * @throws RangeError when it is beyond the exact integers.
 * Source: docs/decisions/0004-rounding.md
 */
export function portion(amount: number, numerator: bigint, denominator: bigint): number {
  const doubled = 2n * BigInt(exact(amount)) * numerator;
  const half = doubled < 0n ? -denominator : denominator;
  return exact(Number((doubled + half) / (2n * denominator)));
}

/** Minor units of rows of one currency, together. */
export function sumOf(rows: readonly { readonly amount: number }[]): number {
  return rows.reduce((sum, { amount }) => sum + amount, 0);
}

/**
 * Splits an amount over lines in proportion to their weights without losing a minor unit.
 *
 * @param total Minor units; may be negative for a discount.
 * @param weights Non-negative integers; at least one above zero.
 * @returns Parts in the order of `weights`, summing to `total`. Ties go to the earlier line.
 * @throws RangeError when every weight is zero, or one is negative.
 * Source: largest remainder method; docs/decisions/0004-rounding.md
 */
export function allocate(total: number, weights: readonly (number | bigint)[]): number[] {
  if (weights.some((weight) => weight < 0)) throw new RangeError('a weight is negative');
  const sum = weights.reduce<bigint>(
    (left, right) => left + BigInt(typeof right === 'bigint' ? right : exact(right)),
    0n,
  );
  if (sum === 0n) throw new RangeError('every weight is zero');
  const sign = total < 0 ? -1 : 1;
  const amount = BigInt(Math.abs(exact(total)));
  const shares = weights.map((weight, index) => {
    const scaled = amount * BigInt(weight);
    return { index, floor: Number(scaled / sum), remainder: scaled % sum };
  });
  let left = Math.abs(total) - shares.reduce((taken, { floor }) => taken + floor, 0);
  const parts = shares.map(({ floor }) => floor);
  const byRemainder = [...shares].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index]! += 1;
    left -= 1;
  }
  return parts.map((part) => (part === 0 ? 0 : part * sign));
}

function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an exact integer`);
  return value;
}
