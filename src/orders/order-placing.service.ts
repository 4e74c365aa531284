import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import type { Money } from '../common/money/money.js';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import { InventoryService } from '../products/inventory/inventory.service.js';
import { ProductsService } from '../products/products.service.js';
import type { OrderAddress } from './entities/order.entity.js';
import type { OrderChange } from './entities/order-history-entry.entity.js';
import { OrderEvent } from './events/order.event.js';
import { type Actor, type OrderStatus, SYSTEM } from './order-status.js';
import { mergeLines, type OrderTotals, priceLine, type RequestedLine, totalsOf } from './order-totals.js';
import type { OrderView } from './order.view.js';
import { OrderTotalChangedError, OrderTotalTooLargeError, VariantNotSellableError } from './orders.errors.js';
import { type NewOrder, type NewOrderLine, OrdersRepository } from './orders.repository.js';

/** What a shopper orders; prices come from the catalogue, never from here. */
export interface OrderRequest {
  readonly lines: readonly RequestedLine[];
  readonly customerId: string | null;
  readonly email: string;
  readonly currency: string;
  readonly shippingAddress: OrderAddress | null;
  readonly billingAddress: OrderAddress | null;
  /** The total the shopper was shown. */
  readonly expectedTotal?: Money;
}

/** Placing orders. */
@Injectable()
export class OrderPlacingService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly products: ProductsService,
    private readonly inventory: InventoryService,
    private readonly orders: OrdersRepository,
    private readonly outbox: Outbox,
    private readonly environment: Environment,
  ) {}

  /**
   * Prices the lines, holds their stock and records the order, or does nothing of it.
   *
   * Lines that share a variant become one. The stock is held for `RESERVATION_TTL` seconds, and for good when nothing is due. Whatever the
   * number of lines, this is four statements beside those of the transaction and its idempotency key.
   *
   * @param requestKey When the request goes on to pay: under it, a repeat finds the order. Null otherwise.
   * @throws VariantNotSellableError, InsufficientStockError (both pointing at lines), OrderTotalChangedError, OrderTotalTooLargeError
   */
  place(request: OrderRequest, requestKey: string | null = null): Promise<OrderView> {
    return this.transactions.run(async () => {
      const lines = await this.price(request);
      const totals = withinRange(() => totalsOf(lines, request.currency));
      const { expectedTotal } = request;
      if (
        expectedTotal &&
        (expectedTotal.amount !== totals.total.amount || expectedTotal.currency !== totals.total.currency)
      ) {
        throw new OrderTotalChangedError(totals.total);
      }
      const order = this.compose(request, lines, totals, requestKey);
      // As asked for, so that a refusal points at lines of the request.
      await this.inventory.reserve(
        order.id,
        request.lines.map(({ variantId, quantity }) => ({ variantId: variantId.toLowerCase(), quantity })),
      );
      const placed = await this.orders.insert(order);
      await this.outbox.add(...order.history.map(({ type, version }) => new OrderEvent(type, order, version)));
      return placed;
    });
  }

  private async price(request: OrderRequest): Promise<NewOrderLine[]> {
    const merged = mergeLines(request.lines);
    const sellable = await this.products.quote(
      merged.map(({ variantId }) => variantId),
      request.currency,
    );
    const byId = new Map(sellable.map((variant) => [variant.variantId, variant]));
    const missing = merged.filter(({ variantId }) => !byId.has(variantId));
    if (missing.length > 0) {
      const places = missing.flatMap(({ requestedAt }) => requestedAt).sort((left, right) => left - right);
      throw new VariantNotSellableError(places, request.currency);
    }
    return merged.map(({ variantId, quantity }) => {
      const { sku, name, unitPrice } = byId.get(variantId)!;
      return { variantId, sku, name, ...withinRange(() => priceLine(unitPrice, quantity)) };
    });
  }

  private compose(
    request: OrderRequest,
    lines: NewOrderLine[],
    totals: OrderTotals,
    requestKey: string | null,
  ): NewOrder {
    const now = new Date();
    const isNothingDue = totals.total.amount === 0;
    const by: Actor = { kind: 'customer', id: request.customerId };
    const history = [entry(1, 'order.placed', null, 'pending_payment', by, now)];
    if (isNothingDue) history.push(entry(2, 'order.confirmed', 'pending_payment', 'confirmed', SYSTEM, now));
    return {
      id: newId(),
      customerId: request.customerId,
      email: request.email,
      status: isNothingDue ? 'confirmed' : 'pending_payment',
      paymentStatus: isNothingDue ? 'paid' : 'unpaid',
      currency: request.currency,
      lines,
      totals,
      shippingAddress: request.shippingAddress,
      billingAddress: request.billingAddress,
      requestKey,
      placedAt: now,
      expiresAt: isNothingDue ? null : new Date(now.getTime() + this.environment.RESERVATION_TTL * 1000),
      confirmedAt: isNothingDue ? now : null,
      history,
    };
  }
}

function entry(
  version: number,
  type: string,
  fromStatus: OrderStatus | null,
  toStatus: OrderStatus,
  by: Actor,
  occurredAt: Date,
): OrderChange {
  return { version, type, fromStatus, toStatus, actorKind: by.kind, actorId: by.id, reason: null, occurredAt };
}

/** Amounts that are beyond the exact integers are the shopper's doing, not a fault of the calculation. */
function withinRange<Result>(calculate: () => Result): Result {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof RangeError) throw new OrderTotalTooLargeError();
    throw error;
  }
}
