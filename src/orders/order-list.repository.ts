import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { FulfilmentStatus, OrderStatus } from './order-status.js';
import type { Order } from './entities/order.entity.js';
import { OrdersRepository } from './orders.repository.js';
import type { OrderPaymentStatus } from './payments/payment-status.js';

export const ORDER_SORTS = ['-placedAt', 'placedAt', '-total', 'total'] as const;
export type OrderSort = (typeof ORDER_SORTS)[number];

/** What a list of orders is narrowed to; members that are absent narrow nothing. */
export interface OrderFilter {
  readonly status?: readonly OrderStatus[];
  readonly paymentStatus?: readonly OrderPaymentStatus[];
  readonly fulfilmentStatus?: readonly FulfilmentStatus[];
  /** Id of the customer. */
  readonly customer?: string;
  readonly number?: string;
  /** An order number, or the beginning of an e-mail address or of a SKU. */
  readonly q?: string;
  readonly placedAt?: Range<string>;
  /** Minor units. */
  readonly total?: Range<number>;
}

interface Range<Value> {
  readonly gte?: Value;
  readonly gt?: Value;
  readonly lte?: Value;
  readonly lt?: Value;
}

const RANGE_OPERATORS = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;
const SORT_COLUMNS = { placedAt: 'o.placed_at', total: 'o.total_amount' } as const;
/** Numbers beyond this are no order numbers, and PostgreSQL could not compare them. */
const ORDER_NUMBER = /^\d{1,18}$/;

type Bind = (value: unknown) => string;

/** Conditions of one list, with their values. */
class Conditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** Notes a value. @returns its placeholder. */
  readonly bind: Bind = (value) => `$${this.values.push(value)}`;

  add(write: (bind: Bind) => string): void {
    this.parts.push(write(this.bind));
  }

  addRange(column: string, range: Range<unknown> | undefined): void {
    for (const [bound, operator] of Object.entries(RANGE_OPERATORS)) {
      const value = range?.[bound as keyof typeof RANGE_OPERATORS];
      if (value !== undefined) this.add((bind) => `${column} ${operator} ${bind(value)}`);
    }
  }

  /** The `WHERE` clause, empty when nothing is narrowed. */
  get clause(): string {
    return this.parts.length === 0 ? '' : `WHERE ${this.parts.join(' AND ')}`;
  }
}

/** Lists of orders. */
@Injectable()
export class OrderListRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
  ) {}

  /**
   * One page of orders without their lines, and one row more when there is a next page.
   *
   * @param customerId Only this customer's; null for every order.
   * @param after Sort value and id of the last row of the page before.
   */
  async find(
    customerId: string | null,
    filter: OrderFilter,
    sort: OrderSort,
    after: { value: string | number; id: string } | null,
    limit: number,
  ): Promise<Order[]> {
    const conditions = conditionsOf(customerId, filter);
    const isDescending = sort.startsWith('-');
    const column = SORT_COLUMNS[sort.replace('-', '') as keyof typeof SORT_COLUMNS];
    const direction = isDescending ? 'DESC' : 'ASC';
    if (after) {
      conditions.add(
        (bind) => `(${column}, o.id) ${isDescending ? '<' : '>'} (${bind(after.value)}, ${bind(after.id)})`,
      );
    }
    const rows = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.orders.rows.columns('o')} FROM orders o ${conditions.clause}
       ORDER BY ${column} ${direction}, o.id ${direction} LIMIT ${conditions.bind(limit + 1)}`,
      conditions.values,
    );
    return rows.map((row) => this.orders.rows.read(row));
  }

  /** How many orders the list has on all its pages. */
  async count(customerId: string | null, filter: OrderFilter): Promise<number> {
    const conditions = conditionsOf(customerId, filter);
    const [row] = await this.transactions.query<{ count: string }>(
      `SELECT count(*) FROM orders o ${conditions.clause}`,
      conditions.values,
    );
    return Number(row!.count);
  }
}

function conditionsOf(customerId: string | null, filter: OrderFilter): Conditions {
  const { customer, status, paymentStatus, fulfilmentStatus, number, q } = filter;
  const conditions = new Conditions();
  if (customerId !== null) conditions.add((bind) => `o.customer_id = ${bind(customerId)}`);
  if (customer) conditions.add((bind) => `o.customer_id = ${bind(customer)}`);
  if (status) conditions.add((bind) => isOneOf('o.status', status, bind));
  if (paymentStatus) conditions.add((bind) => isOneOf('o.payment_status', paymentStatus, bind));
  if (fulfilmentStatus) conditions.add((bind) => isOneOf('o.fulfilment_status', fulfilmentStatus, bind));
  if (number) conditions.add((bind) => `o.number = ${bind(number)}`);
  conditions.addRange('o.placed_at', filter.placedAt);
  conditions.addRange('o.total_amount', filter.total);
  // An array and not IN: what was found is looked up by id, whatever the planner guesses of a prefix.
  if (q) conditions.add((bind) => `o.id = ANY (ARRAY(${foundBy(q, bind)}))`);
  return conditions;
}

/** Equality with one value keeps the order of an index that goes on with the sort key; a list does not. */
function isOneOf(column: string, values: readonly string[], bind: Bind): string {
  return values.length === 1 ? `${column} = ${bind(values[0])}` : `${column} = ANY(${bind(values)})`;
}

/** A union, not an OR, so that each part is found by its own index. */
function foundBy(q: string, bind: Bind): string {
  const startsWith = (text: string): string => `${text.replace(/[\\%_]/g, '\\$&')}%`;
  const parts = [
    `SELECT order_id FROM order_lines WHERE sku LIKE ${bind(startsWith(q))}`,
    `SELECT id FROM orders WHERE lower(email) LIKE ${bind(startsWith(q.toLowerCase()))}`,
  ];
  if (ORDER_NUMBER.test(q)) parts.push(`SELECT id FROM orders WHERE number = ${bind(q)}`);
  return parts.join(' UNION ALL ');
}
