import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Environment } from '../../config/environment.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import type { Payment } from '../payments/entities/payment.entity.js';
import { PaymentProviders } from '../payments/payment-providers.js';
import { PaymentSettlementService } from '../payments/payment-settlement.service.js';
import { PaymentsRepository } from '../payments/payments.repository.js';
import type { Fulfilment } from './fulfilment.entity.js';
import { FulfilmentEvent } from './fulfilment.event.js';
import { shippedValue } from './shipped-value.js';

/** Takes the money for what has been shipped, where `CAPTURE_ON` says so. */
@Injectable()
export class ShippingCaptures {
  constructor(
    private readonly environment: Environment,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Locks the payments of a locked order, if shipping is to capture: they come before stock. */
  lock(orderId: string): Promise<Payment[]> {
    return this.environment.CAPTURE_ON === 'shipping' ? this.payments.lockAllOf(orderId) : Promise.resolve([]);
  }

  /**
   * Claims, in the transaction of a shipment, what all that has been shipped comes to and is not captured yet: providers are asked once it is
   * committed, by a job or by the sweep. What a provider refuses, or what was captured by hand meanwhile, the next shipment makes up for.
   *
   * Money that moves outside the system is not there yet, so staff book it. A provider that captures once is asked with the last shipment.
   *
   * @param payments As `lock` gave them. @param lines As they are with the shipment.
   */
  async claim(
    order: Order,
    payments: readonly Payment[],
    lines: readonly OrderLine[],
    fulfilment: Fulfilment,
    now: Date,
  ): Promise<void> {
    if (payments.length === 0) return;
    const value = shippedValue(order, lines);
    let due = value - (await this.takenOf(order.id, payments));
    let later = 0;
    const operationIds: string[] = [];
    for (const payment of payments) {
      const amount = Math.min(payment.capturable, due);
      if (amount <= 0) continue;
      const provider = this.providers.find(payment.provider);
      const isNow = provider && !provider.isBookedByHand && (provider.capturesInParts || value === order.totalAmount);
      if (!isNow) {
        later += amount;
        continue;
      }
      due -= amount;
      const releasedAmount = provider.capturesInParts ? 0 : payment.capturable - amount;
      const asked = { amount, releasedAmount, requestKey: null, isByHand: false };
      const operation = payment.begin('capture', asked, now);
      operationIds.push(operation.id);
      this.payments.insertOperation(operation);
      const about = { operationId: operation.id };
      await this.settlement.save({ order, payment, payments }, 'payment.capture_requested', about);
      await this.audit.record({
        action: 'payment.capture',
        target: { type: 'payment', id: payment.id },
        after: { amount, currency: payment.currency, fulfilmentId: fulfilment.id },
      });
    }
    const told: FulfilmentEvent[] = [];
    if (operationIds.length > 0)
      told.push(new FulfilmentEvent('fulfilment.capture_requested', fulfilment, { operationIds }));
    // Goods have left for which nothing is held: somebody should know.
    const lacking = { amount: due - later, currency: order.currency };
    if (lacking.amount > 0) told.push(new FulfilmentEvent('fulfilment.uncovered', fulfilment, { lacking }));
    await this.outbox.add(...told);
  }

  /** Minor units captured, or about to be. */
  private async takenOf(orderId: string, payments: readonly Payment[]): Promise<number> {
    const captured = payments.reduce((sum, { capturedAmount }) => sum + capturedAmount, 0);
    const isUnderWay = payments.some(({ claimedAmount }) => claimedAmount > 0);
    return captured + (isUnderWay ? await this.payments.sumOfCapturesUnderWay(orderId) : 0);
  }
}
