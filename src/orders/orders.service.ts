import { Injectable } from '@nestjs/common';
import {
  type AddressPatch,
  normalisedAddress,
  patchAddress,
  type PostalAddress,
} from '../common/address/postal-address.js';
import { VersionMismatchError } from '../common/errors/request.errors.js';
import { mapPage, type Page, type PageRequest } from '../common/pagination/page.dto.js';
import { Grouped } from '../database/grouped.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import { OrderEvent } from './events/order.event.js';
import type { OrderReach } from './order-access.js';
import { type OrderFilter, OrderListRepository, type OrderSort } from './order-list.repository.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository, type OrderWithLines } from './orders.repository.js';
import type { Payment } from './payments/entities/payment.entity.js';
import { PaymentsRepository } from './payments/payments.repository.js';

/** An order with what has been paid. */
export type OrderDetail = OrderWithLines & { readonly payments: readonly Payment[] };

/** Members that are absent stay as they are; null removes. */
export interface OrderChanges {
  readonly email?: string;
  readonly shippingAddress?: AddressPatch | null;
  readonly billingAddress?: AddressPatch | null;
}

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
  ) {}

  /** @throws OrderNotFoundError also when the order is out of reach. */
  async get(id: string, reach: OrderReach): Promise<OrderDetail> {
    const order = await this.orders.find(id, reach);
    if (!order) throw new OrderNotFoundError();
    return Object.assign(order, { payments: await this.payments.findAllOf(id) });
  }

  /** Reads an order for a job, whoever's it is; jobs that ask at the same time share a statement. @throws OrderNotFoundError */
  async getForSystem(id: string): Promise<OrderWithLines> {
    const order = await this.readsOfJobs.run(id);
    if (!order) throw new OrderNotFoundError();
    return order;
  }

  /**
   * One page of orders with their lines; two statements, three with a count.
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
  ): Promise<Page<OrderWithLines>> {
    const page = await this.lists.findPage(customerId, filter, sort, request, reader);
    const lines = page.data.length === 0 ? [] : await this.orders.findLines(page.data.map(({ id }) => id));
    return mapPage(page, (order) =>
      Object.assign(order, { lines: lines.filter(({ orderId }) => orderId === order.id) }),
    );
  }

  /** What has happened to an order, oldest first. @throws OrderNotFoundError */
  async history(id: string, reach: OrderReach): Promise<OrderHistoryEntry[]> {
    const history = await this.orders.findHistory(id, reach);
    if (!history) throw new OrderNotFoundError();
    return history;
  }

  /**
   * Changes e-mail and addresses, until goods are on their way.
   *
   * @param expectedVersion What `If-Match` asked for, if anything.
   * @throws OrderNotFoundError; VersionMismatchError; OrderNotEditableError; InvalidRequestError for an incomplete address.
   */
  async update(id: string, changes: OrderChanges, reach: OrderReach, expectedVersion?: number): Promise<OrderDetail> {
    await this.transactions.run(async () => {
      const order = await this.orders.lock(id, reach);
      if (!order) throw new OrderNotFoundError();
      if (expectedVersion !== undefined && expectedVersion !== order.version)
        throw new VersionMismatchError(order.version);
      const change = order.edit(
        {
          email: changes.email,
          shippingAddress: changedAddress(order.shippingAddress, changes.shippingAddress, '/shippingAddress'),
          billingAddress: changedAddress(order.billingAddress, changes.billingAddress, '/billingAddress'),
        },
        reach.actor,
        new Date(),
      );
      if (!change) return;
      this.orders.save(order, change);
      await this.outbox.add(new OrderEvent(change.type, order, change.version));
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
