import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import {
  type AddressPatch,
  normalisedAddress,
  patchAddress,
  type PostalAddress,
} from '../common/address/postal-address.js';
import { raise } from '../common/errors/domain.error.js';
import { assertVersion, InsufficientScopeError } from '../common/errors/request.errors.js';
import { type Page, type PageRequest } from '../common/pagination/page.dto.js';
import { Grouped } from '../database/grouped.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import { OrderEvent } from './events/order.event.js';
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

/** Members that are absent stay as they are; null removes. */
export interface OrderChanges {
  readonly email?: string;
  readonly shippingAddress?: AddressPatch | null;
  readonly billingAddress?: AddressPatch | null;
  /** For staff. */
  readonly tags?: string[];
}

/** What of an order a caller asks to have read along. */
export const EXPANSIONS = ['lines.variant', 'customer', 'payments'] as const;
export type Expansion = (typeof EXPANSIONS)[number];

/** Reading orders, and changing what does not concern stock or money. */
@Injectable()
export class OrdersService {
  private readonly readsOfJobs = new Grouped((ids: readonly string[]) => this.orders.findAll(ids));

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly lists: OrderListRepository,
    private readonly payments: PaymentsRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
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

  /**
   * Changes e-mail and addresses, until goods are on their way, and for staff the tags, at any time.
   *
   * @param expectedVersion What `If-Match` asked for, if anything.
   * @throws OrderNotFoundError; VersionMismatchError; OrderNotEditableError; InvalidRequestError for an incomplete address;
   * InsufficientScopeError when others than staff name tags.
   */
  async update(id: string, changes: OrderChanges, reach: OrderReach, expectedVersion?: number): Promise<OrderDetail> {
    await this.transactions.run(async () => {
      const order = await this.orders.lock(id, reach);
      if (!order) throw new OrderNotFoundError();
      if (changes.tags && !reach.isStaff) throw new InsufficientScopeError(['orders:write']);
      assertVersion(order, expectedVersion);
      const { tags } = order;
      const change = order.edit(
        {
          email: changes.email,
          shippingAddress: changedAddress(order.shippingAddress, changes.shippingAddress, '/shippingAddress'),
          billingAddress: changedAddress(order.billingAddress, changes.billingAddress, '/billingAddress'),
          tags: changes.tags,
        },
        reach.actor,
        new Date(),
      );
      if (!change) return;
      this.orders.save(order, change);
      await this.outbox.add(new OrderEvent(change.type, order, change.version));
      if (reach.actor.kind === 'staff') {
        // Addresses are personal data: only that they were changed is recorded.
        await this.audit.record({
          action: change.type,
          target: { type: 'order', id },
          before: { tags },
          after: { tags: order.tags, changed: Object.keys(changes) },
        });
      }
    });
    return this.get(id, reach);
  }
}

function changedAddress(
  current: PostalAddress | null,
  patch: AddressPatch | null | undefined,
  pointer: string,
): PostalAddress | null | undefined {
  const address = patchAddress(current, patch, pointer);
  return address ? normalisedAddress(address, pointer) : address;
}

const variantIds = (orders: readonly OrderWithLines[]): string[] => [
  ...new Set(orders.flatMap(({ lines }) => lines.flatMap(({ variantId }) => variantId ?? []))),
];

const customerIds = (orders: readonly OrderWithLines[]): string[] => [
  ...new Set(orders.flatMap(({ customerId }) => customerId ?? [])),
];
