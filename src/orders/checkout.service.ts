import { Injectable } from '@nestjs/common';
import type { Principal } from '../common/security/principal.js';
import { violatedConstraint } from '../database/postgres-errors.js';
import { OrderAccess } from './order-access.js';
import { OrderPlacingService, type OrderRequest } from './order-placing.service.js';
import { type OrderDetail, OrdersService } from './orders.service.js';
import { OrdersRepository } from './orders.repository.js';
import { type PaymentInput, PaymentsService } from './payments/payments.service.js';

/** How long the answer to an order that was paid in the same call is kept, and with it the meaning of its key. */
const REQUEST_KEY_LIFETIME_MS = 30 * 86_400_000;

/** Placing an order and paying it in one call. */
@Injectable()
export class CheckoutService {
  constructor(
    private readonly placing: OrderPlacingService,
    private readonly payments: PaymentsService,
    private readonly access: OrderAccess,
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
  ) {}

  /**
   * Places an order and, if a payment is given, pays it. The order stays, waiting for another payment, when the payment fails.
   *
   * @param requestKey The same for every repeat of the request.
   * @throws what `OrderPlacingService.place` and `PaymentsService.assertMayUse` throw, before anything is placed.
   */
  async checkout(
    request: OrderRequest,
    payment: PaymentInput | undefined,
    principal: Principal,
    requestKey: string | null,
  ): Promise<OrderDetail> {
    if (!payment || requestKey === null) return { ...(await this.placing.place(request)), payments: [] };
    this.payments.assertMayUse(payment.provider, principal);
    const orderId = await this.placeOnce(request, requestKey);
    const reach = this.access.reachOf(
      principal,
      orderId,
      this.access.tokenOf(orderId),
      'orders:write',
      'payments:capture',
    );
    const order = await this.orders.get(orderId, reach);
    if (order.status === 'pending_payment') {
      await this.payments.pay(orderId, payment, reach, requestKey);
      return this.orders.get(orderId, reach);
    }
    return order;
  }

  /** Places the order, or finds the one that an earlier run of this request has placed. */
  private async placeOnce(request: OrderRequest, requestKey: string): Promise<string> {
    const earlier = await this.repository.findByRequestKey(requestKey);
    if (earlier) {
      if (Date.now() - earlier.placedAt.getTime() < REQUEST_KEY_LIFETIME_MS) return earlier.id;
      await this.repository.forgetRequestKey(earlier.id);
    }
    try {
      return (await this.placing.place(request, requestKey)).id;
    } catch (error) {
      // A run of this request that was presumed dead has placed it meanwhile.
      const twin =
        violatedConstraint(error) === 'orders_request_key_key'
          ? await this.repository.findByRequestKey(requestKey)
          : null;
      if (twin) return twin.id;
      throw error;
    }
  }
}
