import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { beginningWith, whereWithin } from '../database/conditions.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Order } from './entities/order.entity.js';
import type { FulfilmentStatus, OrderOrigin, OrderStatus } from './order-status.js';
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
  /** Any of these. */
  readonly tag?: readonly string[];
  readonly origin?: readonly OrderOrigin[];
  /** ISO 4217 codes. */
  readonly currency?: readonly string[];
  /** An order number, the beginning of an e-mail address or of a SKU, or words of the names in the addresses. */
  readonly q?: string;
  readonly placedAt?: Parameters<typeof whereWithin>[2];
  /** Minor units. */
  readonly total?: Parameters<typeof whereWithin>[2];
}

/** What the catalogue says today of a variant that was ordered. */
export interface OrderedVariant {
  readonly id: string;
  readonly sku: string;
  readonly options: Record<string, string>;
  readonly productId: string;
  readonly productSlug: string;
  readonly productName: string;
  /** Published and not archived. */
  readonly isSold: boolean;
}

/** Who ordered, as the account says today. */
export interface OrderingCustomer {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
}

const SORT_KEYS = { placedAt: 'o.placedAt', total: 'o.totalAmount' } as const;
/** What all numbers of orders look like: digits, behind the prefix of their series. */
export const ORDER_NUMBER = /^(?:[A-Z](?:[A-Z0-9-]{0,10}[A-Z-])?)?\d{1,18}$/;
/** What could be words of a name, and nothing else. */
const NAME = /^[\p{L}\p{N} .'’-]+$/u;
/** Names and companies on an order: the expression of `orders_people_idx`. */
const PEOPLE = ['shipping', 'billing']
  .flatMap((kind) => [`coalesce(${kind}_address ->> 'name', '')`, `coalesce(${kind}_address ->> 'company', '')`])
  .join(` || ' ' || `);
const HAS_PEOPLE = '(shipping_address IS NOT NULL OR billing_address IS NOT NULL)';
/** The few orders that are not of the shop's usual kind have indexes of their own, which cost the others nothing. */
const USUAL = { origin: 'shop', currency: 'EUR' } as const;

/** Lists of orders, and what `expand` reads along: one set-based statement each, whatever the number of orders. */
@Injectable()
export class OrderListRepository {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly pages: Pages,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * One page of orders without their lines.
   *
   * @param customerId Only this customer's; null for every order.
   * @param reader Whose list it is: a cursor of another reader is refused.
   */
  findPage(
    customerId: string | null,
    filter: OrderFilter,
    sort: OrderSort,
    request: PageRequest,
    reader: string,
  ): Promise<Page<Order>> {
    const { customer, number, q } = filter;
    const query = this.orders.createQueryBuilder('o');
    // What staff are still writing is none of the customer's yet.
    if (customerId !== null) query.andWhere(`o.customerId = :customerId AND o.status <> 'draft'`, { customerId });
    if (customer) query.andWhere('o.customerId = :customer', { customer });
    for (const axis of ['status', 'paymentStatus', 'fulfilmentStatus'] as const) {
      // One value is equality, which keeps the order of an index that goes on with the sort key.
      if (filter[axis]) query.andWhere(`o.${axis} IN (:...${axis})`, { [axis]: filter[axis] });
    }
    for (const kind of ['origin', 'currency'] as const) {
      const values = filter[kind];
      if (!values) continue;
      query.andWhere(`o.${kind} IN (:...${kind})`, { [kind]: values });
      if (!values.includes(USUAL[kind] as never)) query.andWhere(`o.${kind} <> '${USUAL[kind]}'`);
    }
    if (filter.tag) query.andWhere(`o.tags && :tags::text[] AND o.tags <> '{}'`, { tags: filter.tag });
    if (number) query.andWhere('o.number = :number', { number });
    whereWithin(query, 'o.placedAt', filter.placedAt);
    whereWithin(query, 'o.totalAmount', filter.total);
    if (q) {
      const words = NAME.test(q) ? (q.match(/[\p{L}\p{N}]{2,}/gu) ?? []) : [];
      const number = q.toUpperCase();
      // An array and not IN: what was found is looked up by id, whatever the planner guesses of a prefix. A union and not an OR, so that
      // each part is found by its own index.
      query.andWhere(
        `o.id = ANY (ARRAY(
           SELECT order_id FROM order_lines WHERE sku LIKE :sku
           UNION ALL SELECT id FROM orders WHERE lower(email) LIKE :email
           ${ORDER_NUMBER.test(number) ? 'UNION ALL SELECT id FROM orders WHERE number = :q' : ''}
           ${words.length > 0 ? `UNION ALL SELECT id FROM orders WHERE ${HAS_PEOPLE} AND to_tsvector('simple', ${PEOPLE}) @@ to_tsquery('simple', :people)` : ''}))`,
        {
          sku: beginningWith(q),
          email: beginningWith(q.toLowerCase()),
          q: number,
          people: words.map((word) => `${word}:*`).join(' & '),
        },
      );
    }
    return this.pages.of(query, request, {
      by: [SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS], 'o.id'],
      isDescending: sort.startsWith('-'),
      context: JSON.stringify(['orders', reader, customerId, sort, Object.entries(filter).sort()]),
    });
  }

  async findVariants(ids: readonly string[]): Promise<Map<string, OrderedVariant>> {
    const rows = await this.transactions.query<OrderedVariant>(
      `SELECT v.id, v.sku, v.options, p.id AS "productId", p.slug AS "productSlug", p.name AS "productName",
         p.status = 'published' AND NOT v.is_archived AS "isSold"
       FROM variants v JOIN products p ON p.id = v.product_id WHERE v.id = ANY ($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async findCustomers(ids: readonly string[]): Promise<Map<string, OrderingCustomer>> {
    const rows = await this.transactions.query<OrderingCustomer>(
      `SELECT id, email, name FROM users WHERE id = ANY ($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}
