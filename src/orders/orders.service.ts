import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { type Page, type PageRequest } from '../common/pagination/page.dto.js';
import { Grouped } from '../database/grouped.js';
import type { OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import type { OrderReach } from './order-access.js';
import {
  type OrderedVariant,
  type OrderFilter,
  type OrderingCustomer,
  OrderListRepository,
  type OrderSort,
} from './order-list.repository.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository, type OrderWithLines } from './orders.repository.js';
import type { Payment } from './payments/entities/payment.entity.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** An order with what was asked to be read along. */
export type ExpandedOrder = OrderWithLines & {
  readonly variants?: ReadonlyMap<string, OrderedVariant>;
  readonly customer?: OrderingCustomer | null;
  readonly payments?: readonly Payment[];
};

/** An order with what has been paid. */
export type OrderDetail = ExpandedOrder & { readonly payments: readonly Payment[] };

/** What of an order a caller asks to have read along. */
export const EXPANSIONS = ['lines.variant', 'customer', 'payments'] as const;
export type Expansion = (typeof EXPANSIONS)[number];

/** Reading orders. */
@Injectable()
export class OrdersService {
  private readonly readsOfJobs = new Grouped((ids: readonly string[]) => this.orders.findAll(ids));

  constructor(
    private readonly orders: OrdersRepository,
    private readonly lists: OrderListRepository,
    private readonly payments: PaymentsRepository,
  ) {}

  /** @throws OrderNotFoundError also when the order is out of reach. */
  async get(id: string, reach: OrderReach, expand: readonly Expansion[] = []): Promise<OrderDetail> {
    const order = (await this.orders.find(id, reach)) ?? raise(new OrderNotFoundError());
    Object.assign(order, { payments: await this.payments.findAllOf(id) });
    const [expanded] = await this.expand(
      [order],
      expand.filter((part) => part !== 'payments'),
    );
    return expanded as OrderDetail;
  }

  /** Reads an order for a job, whoever's it is; jobs that ask at the same time share a statement. @throws OrderNotFoundError */
  async getForSystem(id: string): Promise<OrderWithLines> {
    const order = await this.readsOfJobs.run(id);
    if (!order) throw new OrderNotFoundError();
    return order;
  }

  /**
   * One page of orders with their lines: two statements, three with a count, and one more for each expansion.
   *
   * @param customerId Only this customer's orders; null for every order.
   * @param reader Whose list it is: a cursor of another reader is refused.
   * @throws InvalidRequestError for a cursor that was not made for this list.
   */
  async findAll(
    filter: OrderFilter,
    sort: OrderSort,
    request: PageRequest,
    customerId: string | null,
    reader: string,
    expand: readonly Expansion[] = [],
  ): Promise<Page<ExpandedOrder>> {
    const page = await this.lists.findPage(customerId, filter, sort, request, reader);
    const lines = page.data.length === 0 ? [] : await this.orders.findLines(page.data.map(({ id }) => id));
    const orders = page.data.map((order) =>
      Object.assign(order, { lines: lines.filter(({ orderId }) => orderId === order.id) }),
    );
    return { ...page, data: await this.expand(orders, expand) };
  }

  /** Reads along what was asked for: one statement for each, however many orders there are. */
  private async expand(orders: OrderWithLines[], expand: readonly Expansion[]): Promise<ExpandedOrder[]> {
    if (orders.length === 0 || expand.length === 0) return orders;
    const [variants, customers, payments] = await Promise.all([
      expand.includes('lines.variant') ? this.lists.findVariants(variantIds(orders)) : undefined,
      expand.includes('customer') ? this.lists.findCustomers(customerIds(orders)) : undefined,
      expand.includes('payments') ? this.payments.findAllOf(...orders.map(({ id }) => id)) : undefined,
    ]);
    return orders.map((order) =>
      Object.assign(order, {
        ...(variants && { variants }),
        ...(customers && { customer: customers.get(order.customerId ?? '') ?? null }),
        ...(payments && { payments: payments.filter(({ orderId }) => orderId === order.id) }),
      }),
    );
  }

  /** What has happened to an order, oldest first. @throws OrderNotFoundError */
  async history(id: string, reach: OrderReach): Promise<OrderHistoryEntry[]> {
    const history = await this.orders.findHistory(id, reach);
    if (!history) throw new OrderNotFoundError();
    return history;
  }
}

const variantIds = (orders: readonly OrderWithLines[]): string[] => [
  ...new Set(orders.flatMap(({ lines }) => lines.flatMap(({ variantId }) => variantId ?? []))),
];

const customerIds = (orders: readonly OrderWithLines[]): string[] => [
  ...new Set(orders.flatMap(({ customerId }) => customerId ?? [])),
];
