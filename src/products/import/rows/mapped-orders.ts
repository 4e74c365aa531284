import { isEmail } from 'class-validator';
import { canonicalEmail } from '../../../common/validation/email-address.js';
import { refuse } from '../import.errors.js';
import type { OrderMapping } from '../mappings/mapping.js';
import type { ReadRow, RowReader } from './import-format.js';
import { priceOf } from './mapped-products.js';
import { assertNotRefused } from './refusal-rules.js';
import { checkedValues, type RowValues, textOf } from './row-values.js';

/** One line of an order of the past; amounts in minor units. */
export interface PastOrderLine {
  readonly sku: string;
  /** SKU in the catalogue, which need not know it. */
  readonly variantSku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** An order that was placed and delivered before it came here. */
export interface PastOrder {
  readonly number: string;
  /** Canonical; see `OrderMapping`. */
  readonly email: string;
  readonly placedAt: Date;
  readonly currency: string;
  readonly tags: readonly string[];
  readonly lines: readonly PastOrderLine[];
  readonly total: number;
}

/** What one row says. */
export interface PastOrderRow extends PastOrderLine {
  readonly email: string;
  readonly placedAt: string;
  readonly tags: readonly string[];
}

const DEFAULT_PREFIX = 'H-';
/** What all numbers of orders look like: digits behind a prefix, here always with one. */
const NUMBER = /^[A-Z](?:[A-Z0-9-]{0,10}[A-Z-])?\d{1,18}$/;
/** What staff can give an order as well. */
const TAG = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._:/#+-]{0,38}[\p{L}\p{N}._:/#+-])?$/u;
const MAX_LINES = 10_000;
/** Whole pieces: what a line of an order can hold. */
const MAX_QUANTITY = 2_000_000_000;
const INSTANT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/;

/** Reads rows of past orders as a mapping describes them, and puts those of one number together. */
export class MappedOrders implements RowReader<PastOrderRow> {
  readonly name: string;
  readonly sortPrefix = null;
  readonly prefix: string;

  constructor(private readonly mapping: OrderMapping) {
    this.name = mapping.name;
    this.prefix = mapping.order.prefix ?? DEFAULT_PREFIX;
  }

  read(row: RowValues): ReadRow<PastOrderRow> {
    const { order, line, columns, format, refuse: rules = [] } = this.mapping;
    const values = checkedValues(row, columns, format === 'csv');
    assertNotRefused(rules, values);
    const mergeKey = textOf(order.number, values) ?? refuse('no_number', 'the row has no order number');
    if (!NUMBER.test(this.prefix + mergeKey))
      refuse('invalid_number', `"${mergeKey}" is not digits, behind a few capital letters, digits and hyphens at most`);
    const sku = textOf(line.sku, values) ?? refuse('no_sku', 'the row has no SKU');
    const name = textOf(line.name, values) ?? refuse('no_name', 'the row does not say what was bought');
    if (sku.length > 100 || name.length > 300) refuse('out_of_limits', 'the SKU or the name is too long');
    const quantity = Number(values[line.quantity]);
    if (!(quantity > 0)) refuse('quantity_not_positive', 'the quantity is zero or negative');
    if (!Number.isInteger(quantity) || quantity > MAX_QUANTITY)
      refuse('out_of_limits', `the quantity is no whole number up to ${MAX_QUANTITY}`);
    const tags = (order.tags ?? []).flatMap((tag) => textOf(tag, values) ?? []);
    const badTag = tags.find((tag) => !TAG.test(tag));
    if (badTag !== undefined)
      refuse('invalid_tag', `"${badTag}" is more than 40 letters, digits, blanks and . _ : / # + -`);
    const fragment: PastOrderRow = {
      sku,
      variantSku: (line.variant && textOf(line.variant, values)) ?? sku,
      name,
      quantity,
      unitPrice: priceOf(line.price, values) ?? refuse('no_price', 'the row has no price'),
      email: this.emailOf(values),
      placedAt: instantOf(textOf({ column: order.placedAt.column }, values), order.placedAt.timeZone),
      tags: [...new Set(tags)],
    };
    return { mergeKey, fragment };
  }

  /** @throws RowRefusedError when the rows together make no order. */
  assemble(mergeKey: string, rows: readonly PastOrderRow[]): PastOrder {
    const { email, placedAt, tags } = rows[0]!;
    if (rows.some((row) => row.email !== email)) refuse('contradictory', 'rows of one order name different customers');
    if (rows.length > MAX_LINES) refuse('out_of_limits', `the order has more than ${MAX_LINES} lines`);
    const total = rows.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    if (!Number.isSafeInteger(total)) refuse('out_of_limits', 'the total is beyond what can be counted exactly');
    const lines = rows.map(({ sku, variantSku, name, quantity, unitPrice }) => ({
      sku,
      variantSku,
      name,
      quantity,
      unitPrice,
    }));
    return {
      number: `${this.prefix}${mergeKey}`,
      email,
      placedAt: new Date(placedAt),
      currency: this.mapping.line.price.currency,
      tags,
      lines,
      total,
    };
  }

  private emailOf(values: RowValues): string {
    const { customer, email } = this.mapping.order;
    const address = email && textOf(email, values);
    if (address !== undefined) {
      const canonical = canonicalEmail(address);
      return isEmail(canonical) ? canonical : refuse('invalid_email', `"${address}" is no e-mail address`);
    }
    const reference = textOf(customer, values) ?? refuse('no_customer', 'the row names no customer');
    const standIn = `${reference.toLowerCase()}@${this.mapping.name}.invalid`;
    return isEmail(standIn)
      ? standIn
      : refuse('invalid_customer', `"${reference}" is more than letters, digits, dots, hyphens and underscores`);
  }
}

/** The instant that a text names, in ISO 8601. @throws RowRefusedError `invalid_date` or `not_past`. */
function instantOf(text: string | undefined, timeZone: string): string {
  const [, day, minutes, seconds = ':00', offset] = INSTANT.exec(text ?? '') ?? [];
  const local = `${day}T${minutes}${seconds}`;
  const asUtc = new Date(`${local}Z`);
  // A day that the month does not have would silently be one of the next.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(day!))
    return refuse('invalid_date', `"${text ?? ''}" is no date with a time`);
  const instant = offset === undefined ? zoned(asUtc.getTime(), timeZone) : new Date(`${local}${offset}`);
  if (Number.isNaN(instant.getTime())) return refuse('invalid_date', `"${text}" is no date with a time`);
  if (instant.getTime() > Date.now()) return refuse('not_past', 'the order is not of the past');
  return instant.toISOString();
}

let lastZoned: { local: number; timeZone: string; instant: Date } | undefined;

/** The instant at which clocks of a zone show a time; of one that they show twice or never, that of the offset before the change. */
function zoned(local: number, timeZone: string): Date {
  // Lines of one order follow each other, and asking for an offset takes longer than reading the row.
  if (lastZoned?.local === local && lastZoned.timeZone === timeZone) return lastZoned.instant;
  const first = local - offsetAt(local - DAY_MS / 2, timeZone);
  const second = local - offsetAt(first, timeZone);
  const shows = (instant: number): boolean => instant + offsetAt(instant, timeZone) === local;
  const instant = new Date(shows(first) ? first : second);
  lastZoned = { local, timeZone, instant };
  return instant;
}

const DAY_MS = 86_400_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of a zone are before UTC, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const two = '2-digit' as const;
    const day = { year: 'numeric', month: two, day: two } as const;
    clock = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      ...day,
      hour: two,
      minute: two,
      second: two,
    });
    clocks.set(timeZone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  const shown = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return shown - Math.floor(instant / 1_000) * 1_000;
}
