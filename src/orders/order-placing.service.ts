import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import { InventoryService } from '../products/inventory/inventory.service.js';
import { Order, type OrderAddress } from './entities/order.entity.js';
import { OrderLine } from './entities/order-line.entity.js';
import { OrderEvent } from './events/order.event.js';
import { SYSTEM } from './order-status.js';
import { OrdersRepository, type OrderWithLines } from './orders.repository.js';
import { Payment, type PaymentIntent } from './payments/entities/payment.entity.js';
import { PaymentEvent } from './payments/events/payment.event.js';
import { amountsOf, type Pricing } from './pricing/price-purchase.js';
import { OrderPricing, type OrderToPrice } from './pricing/order-pricing.service.js';

/** What a shopper orders; prices come from the catalogue, never from here. */
export interface OrderRequest extends OrderToPrice {
  /** BCP 47 tag of the language of mail about it; null for that of the account, or of the shop. */
  readonly language?: string | null;
  readonly shippingAddress: OrderAddress | null;
  readonly billingAddress: OrderAddress | null;
  /** What the shopper has to say. */
  readonly note?: string;
  /** The cart that the open transaction has taken for this order. */
  readonly cartId?: string;
}

/** Placing orders. */
@Injectable()
export class OrderPlacingService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly pricing: OrderPricing,
    private readonly inventory: InventoryService,
    private readonly orders: OrdersRepository,
    private readonly outbox: Outbox,
    private readonly environment: Environment,
  ) {}

  /**
   * Prices the lines, holds their stock, takes uses of limited promotions and records the order, or does nothing of it.
   *
   * Lines that share a variant become one. The stock is held for `RESERVATION_TTL` seconds, and for good when nothing is due. Whatever the
   * number of lines, this is four statements beside those of the transaction and its idempotency key, and two more where a limited promotion
   * applies.
   *
   * @param intent Written with the order, when it is to be paid at once and something is due.
   * @throws VariantNotSellableError, InsufficientStockError (both pointing at lines), OrderTotalChangedError, OrderTotalTooLargeError;
   * PromotionCodeNotApplicableError, PromotionUsageLimitError (both pointing at codes); ShippingMethodUnavailableError, ShippingMethodRequiredError, NotShippableError
   */
  place(request: OrderRequest, intent?: PaymentIntent): Promise<{ order: OrderWithLines; payment: Payment | null }> {
    return this.transactions.run(async () => {
      const id = newId();
      // Sent right behind each other; what is wrong with the prices is told first. Lines as asked for, so that a refusal points at them.
      const [opened, reserved] = await Promise.allSettled([
        this.pricing.open(request),
        this.inventory.reserve(id, request.lines),
      ]);
      const price = fulfilled(opened);
      const first = price();
      this.pricing.assertExpected(request, first.pricing);
      fulfilled(reserved);
      const { lines, pricing } = await this.pricing.takeUses(id, request, price, first);
      const now = new Date();
      const order = this.compose(id, request, pricing, now, intent?.requestKey ?? null);
      const history = [order.begin({ kind: 'customer', id: request.customerId }, now)];
      if (order.totalAmount === 0) history.push(order.confirm(SYSTEM, now));
      const payment = intent && order.totalAmount > 0 ? Payment.intend(order, order.totalAmount, intent, now) : null;
      order.settlePayments(payment ? [payment] : []);
      const placed = await this.orders.insert(
        order,
        lines.map((line, index) => OrderLine.of(order.id, index + 1, line)),
        history,
        payment,
      );
      await this.outbox.add(
        ...history.map(({ type, version }) => new OrderEvent(type, order, version)),
        ...(payment ? [new PaymentEvent('payment.created', payment)] : []),
      );
      return { order: placed, payment };
    });
  }

  private compose(id: string, request: OrderRequest, pricing: Pricing, now: Date, requestKey: string | null): Order {
    return Object.assign(new Order(), {
      id,
      customerId: request.customerId,
      email: request.email,
      status: 'pending_payment' as const,
      fulfilmentStatus: 'unfulfilled' as const,
      returnStatus: 'none' as const,
      currency: request.currency,
      ...amountsOf(pricing),
      shippingAddress: request.shippingAddress,
      billingAddress: request.billingAddress,
      requestKey,
      cartId: request.cartId ?? null,
      origin: 'shop' as const,
      language: request.language ?? null,
      tags: [],
      customerNote: request.note ?? null,
      cancelReason: null,
      placedAt: now,
      expiresAt: new Date(now.getTime() + this.environment.RESERVATION_TTL * 1000),
      confirmedAt: null,
      closedAt: null,
      version: 0,
      updatedAt: now,
    });
  }
}

/** @throws what the work was refused with. */
function fulfilled<Result>(result: PromiseSettledResult<Result>): Result {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
