import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import {
  type AddressPatch,
  normalisedAddress,
  patchAddress,
  type PostalAddress,
} from '../common/address/postal-address.js';
import { assertVersion, InsufficientScopeError } from '../common/errors/request.errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { Order } from './entities/order.entity.js';
import { OrderEvent } from './events/order.event.js';
import type { OrderReach } from './order-access.js';
import { OrderNotFoundError } from './orders.errors.js';
import { OrdersRepository } from './orders.repository.js';
import { type OrderDetail, OrdersService } from './orders.service.js';
import { ShippingZonesService } from './shipping/shipping-zones.service.js';
import { ShippingZoneDiffersError } from './shipping/shipping.errors.js';

/** Members that are absent stay as they are; null removes. */
export interface OrderChanges {
  readonly email?: string;
  readonly shippingAddress?: AddressPatch | null;
  readonly billingAddress?: AddressPatch | null;
  /** For staff. */
  readonly tags?: string[];
}

/** Changing of an order what does not concern stock or money. */
@Injectable()
export class OrderUpdateService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly reads: OrdersService,
    private readonly orders: OrdersRepository,
    private readonly zones: ShippingZonesService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Changes e-mail and addresses, until goods are on their way, and for staff the tags, at any time.
   *
   * Shipping stays what it was when the order was placed, so the address stays in the zone that it was priced for.
   *
   * @param expectedVersion What `If-Match` asked for, if anything.
   * @throws OrderNotFoundError; VersionMismatchError; OrderNotEditableError; InvalidRequestError for an incomplete address;
   * ShippingZoneDiffersError; InsufficientScopeError when others than staff name tags.
   */
  async update(id: string, changes: OrderChanges, reach: OrderReach, expectedVersion?: number): Promise<OrderDetail> {
    await this.transactions.run(async () => {
      const order = await this.orders.lock(id, reach);
      if (!order) throw new OrderNotFoundError();
      if (changes.tags && !reach.isStaff) throw new InsufficientScopeError(['orders:write']);
      assertVersion(order, expectedVersion);
      const { tags, shippingAddress } = order;
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
      if (!isDeepStrictEqual(order.shippingAddress, shippingAddress)) await this.assertSameZone(order);
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
    return this.reads.get(id, reach);
  }

  /** @throws ShippingZoneDiffersError when it goes elsewhere now than to where its shipping was priced for. */
  private async assertSameZone({ shippingAddress, shipping }: Order): Promise<void> {
    const zoneId = shipping?.zoneId ?? null;
    if (zoneId === null || !shippingAddress) return;
    if ((await this.zones.of(shippingAddress)) !== zoneId) throw new ShippingZoneDiffersError();
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
