import { Injectable } from '@nestjs/common';
import type { KeyLease } from '../common/idempotency/idempotency.service.js';
import type { Principal } from '../common/security/principal.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { Order } from './entities/order.entity.js';
import { OrderAccess, type OrderReach } from './order-access.js';
import { OrderPlacingService, type OrderRequest } from './order-placing.service.js';
import { type OrderDetail, OrdersService } from './orders.service.js';
import { OrdersRepository } from './orders.repository.js';
import type { Payment } from './payments/entities/payment.entity.js';
import { type PaymentInput, PaymentsService } from './payments/payments.service.js';

/** How long the answer to an order that was paid in the same call is kept, and with it the meaning of its key. */
const REQUEST_KEY_LIFETIME_MS = 30 * 86_400_000;

/** Placing an order and paying it in one call. */
@Injectable()
export class CheckoutService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly placing: OrderPlacingService,
    private readonly payments: PaymentsService,
    private readonly access: OrderAccess,
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
  ) {}

  /**
   * Places an order and, if payments are given, pays it with one after the other until nothing is due. The order stays, waiting for another
   * payment, when one of them brings nothing.
   *
   * One transaction takes the lease of the key and writes the order with the intent to pay it; the provider is called; another one
   * records its answer, and so on. A repeat after a death in between goes on with the order that is there.
   *
   * @param compose Says what is ordered; called inside the transaction that places it, and not when an earlier run has placed it already.
   * @throws what `compose`, `OrderPlacingService.place` and `PaymentsService.assertMayUse` throw, before anything is placed.
   */
  async checkout(
    compose: () => Promise<OrderRequest>,
    inputs: readonly PaymentInput[],
    principal: Principal,
    lease: KeyLease,
  ): Promise<OrderDetail> {
    const [input] = inputs;
    if (!input) {
      const { order } = await this.transactions.run(async () => this.placing.place(await compose()));
      return Object.assign(order, { payments: [] });
    }
    for (const each of inputs) this.payments.assertMayUse(each, principal);
    const { requestKey } = lease;
    const intent = this.payments.intentOf(input, requestKey);
    const { order, payment, reach } = await this.transactions.run(async () => {
      const earlierId = (await lease.take()) ? await this.findEarlier(requestKey) : null;
      if (earlierId === null) {
        const placed = await this.placing.place(await compose(), intent);
        return { ...placed, reach: this.reachOf(principal, placed.order.id) };
      }
      const reach = this.reachOf(principal, earlierId);
      const earlier = await this.orders.get(earlierId, reach);
      const isDue = earlier.status === 'pending_payment';
      const payment = isDue ? await this.payments.begin(earlierId, intent, reach) : null;
      return { order: earlier, payment, reach };
    });
    if (inputs.length > 1) return this.payOn(order, payment, inputs, reach, requestKey);
    if (payment?.status !== 'created') return this.orders.get(order.id, reach);
    const settled = await this.payments.settle(payment, input, reach.actor);
    return Object.assign(settled.order, { lines: order.lines, payments: settled.payments });
  }

  /** Pays with one after the other while something is due, the first of which has been begun. Each has a key of its own, so that a repeat finds it. */
  private async payOn(
    { id }: Order,
    begun: Payment | null,
    inputs: readonly PaymentInput[],
    reach: OrderReach,
    requestKey: string,
  ): Promise<OrderDetail> {
    let payment = begun;
    for (const [index, input] of inputs.entries()) {
      if (index > 0) payment = await this.beginNext(id, input, reach, `${requestKey}#${index}`);
      if (payment?.status === 'created') ({ payment } = await this.payments.settle(payment, input, reach.actor));
      if (!payment || payment.authorisedAmount === 0) break;
    }
    return this.orders.get(id, reach);
  }

  private beginNext(id: string, input: PaymentInput, reach: OrderReach, requestKey: string): Promise<Payment | null> {
    return this.transactions.run(async () => {
      const order = await this.repository.lock(id, reach);
      if (order?.status !== 'pending_payment') return null;
      return this.payments.begin(id, this.payments.intentOf(input, requestKey), reach);
    });
  }

  /** The order that an earlier run of this request has placed; its key is free again once its answer is past its lifetime. */
  private async findEarlier(requestKey: string): Promise<string | null> {
    const earlier = await this.repository.findByRequestKey(requestKey);
    if (!earlier) return null;
    if (Date.now() - earlier.placedAt.getTime() < REQUEST_KEY_LIFETIME_MS) return earlier.id;
    await this.repository.forgetRequestKey(earlier.id);
    return null;
  }

  /** Whoever sends the request again holds what the first one answered, and with it the token of the order. */
  private reachOf(principal: Principal, orderId: string): OrderReach {
    const reach = this.access.reachOf(principal, orderId, undefined, 'orders:write', 'payments:capture');
    return { ...reach, holdsToken: true };
  }
}
