import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { beginningWith, whereWithin } from '../database/conditions.js';
import { Pages } from '../database/pages.js';
import { Order } from './entities/order.entity.js';
import type { FulfilmentStatus, OrderStatus } from './order-status.js';
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
  readonly placedAt?: Parameters<typeof whereWithin>[2];
  /** Minor units. */
  readonly total?: Parameters<typeof whereWithin>[2];
}

const SORT_KEYS = { placedAt: 'o.placedAt', total: 'o.totalAmount' } as const;
/** Numbers beyond this are no order numbers, and PostgreSQL could not compare them. */
const ORDER_NUMBER = /^\d{1,18}$/;

/** Lists of orders. */
@Injectable()
export class OrderListRepository {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly pages: Pages,
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
    if (customerId !== null) query.andWhere('o.customerId = :customerId', { customerId });
    if (customer) query.andWhere('o.customerId = :customer', { customer });
    for (const axis of ['status', 'paymentStatus', 'fulfilmentStatus'] as const) {
      // One value is equality, which keeps the order of an index that goes on with the sort key.
      if (filter[axis]) query.andWhere(`o.${axis} IN (:...${axis})`, { [axis]: filter[axis] });
    }
    if (number) query.andWhere('o.number = :number', { number });
    whereWithin(query, 'o.placedAt', filter.placedAt);
    whereWithin(query, 'o.totalAmount', filter.total);
    if (q) {
      // An array and not IN: what was found is looked up by id, whatever the planner guesses of a prefix. A union and not an OR, so that
      // each part is found by its own index.
      query.andWhere(
        `o.id = ANY (ARRAY(
           SELECT order_id FROM order_lines WHERE sku LIKE :sku
           UNION ALL SELECT id FROM orders WHERE lower(email) LIKE :email
           ${ORDER_NUMBER.test(q) ? 'UNION ALL SELECT id FROM orders WHERE number = :q' : ''}))`,
        { sku: beginningWith(q), email: beginningWith(q.toLowerCase()), q },
      );
    }
    return this.pages.of(query, request, {
      by: [SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS], 'o.id'],
      isDescending: sort.startsWith('-'),
      context: JSON.stringify(['orders', reader, customerId, sort, Object.entries(filter).sort()]),
    });
  }
}
