import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InsufficientScopeError } from '../../common/errors/request.errors.js';
import { hasScope, type Principal } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderReach } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import { Payment } from './entities/payment.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { type PaymentProviderName, type ProviderOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService } from './payment-settlement.service.js';
import { authorisedBy, isInFlight } from './payment-status.js';
import {
  OrderOnHoldError,
  PaymentAlreadyOpenError,
  PaymentNotFoundError,
  PaymentTransitionError,
} from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';

/** How an order is to be paid. */
export interface PaymentInput {
  readonly provider: PaymentProviderName;
  /** The means of payment, as the provider's own form made it for the shopper. */
  readonly token?: string;
}

/** Paying orders, and what staff do with payments afterwards. */
@Injectable()
export class PaymentsService {
  private readonly logger = new Logger(PaymentsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Refuses a provider that is not offered, or not to this caller: only staff vouch for money by hand.
   *
   * @throws PaymentProviderNotOfferedError, InsufficientScopeError (payments:capture)
   */
  assertMayUse(provider: PaymentProviderName, principal: Principal): void {
    const { isBookedByHand } = this.providers.get(provider);
    if (isBookedByHand && !hasScope(principal, 'payments:capture'))
      throw new InsufficientScopeError(['payments:capture']);
  }

  /**
   * Pays what is due on an order: writes the intent, commits, calls the provider, records its answer.
   *
   * A decline is an answer like others: the payment comes back `failed` with its code, and the order still waits. Without an answer the
   * payment is `processing` until the sweep has asked. Repeating the same request goes on where the first one died.
   *
   * @param requestKey The same for every repeat of the request; the provider's key is derived from it.
   * @throws OrderNotFoundError; OrderTransitionError unless the order waits for payment; PaymentAlreadyOpenError while another attempt
   *   has no outcome.
   */
  async pay(orderId: string, input: PaymentInput, reach: OrderReach, requestKey: string): Promise<Payment> {
    const payment = await this.begin(orderId, input.provider, reach, providerKeyOf(orderId, requestKey));
    if (payment.status !== 'created') return payment;
    const outcome = await this.charge(payment, input.token);
    const by = this.providers.get(input.provider).isBookedByHand
      ? reach.actor
      : ({ kind: 'provider', id: null } as const);
    return this.settlement.record(payment.id, outcome, by);
  }

  /**
   * @param reachOf The caller's reach, which may depend on the order: a guest's token opens one.
   * @throws PaymentNotFoundError also when the payment's order is out of reach.
   */
  async get(id: string, reachOf: (orderId: string) => OrderReach): Promise<Payment> {
    const orderId = await this.payments.findOrderId(id);
    const payment = orderId === null ? null : await this.payments.find(id, reachOf(orderId));
    if (!payment) throw new PaymentNotFoundError();
    return payment;
  }

  /** The payments of an order that the caller is known to reach, oldest first. */
  findAllOf(orderId: string): Promise<Payment[]> {
    return this.payments.findAllOf(orderId);
  }

  /**
   * Books the whole authorised amount as received.
   *
   * @throws PaymentNotFoundError; PaymentTransitionError unless authorised; OrderOnHoldError (domain.md O8).
   */
  capture(id: string): Promise<Payment> {
    return this.book(id, 'captured', (payment, order, now) => {
      if (order.status === 'on_hold') throw new OrderOnHoldError();
      payment.capture(now);
    });
  }

  /** Gives an authorisation up. @throws PaymentNotFoundError; PaymentTransitionError once money has been captured. */
  void(id: string): Promise<Payment> {
    return this.book(id, 'voided', (payment, _, now) => payment.void(now));
  }

  /** Writes the intent to pay under the order's lock, or finds the one that an earlier run of this request has written. */
  private begin(
    orderId: string,
    provider: PaymentProviderName,
    reach: OrderReach,
    providerKey: string,
  ): Promise<Payment> {
    return this.transactions.run(async () => {
      const order = await this.orders.lock(orderId, reach);
      if (!order) throw new OrderNotFoundError();
      const payments = await this.payments.lockAllOf(orderId);
      const earlier = payments.find((payment) => payment.provider === provider && payment.providerKey === providerKey);
      if (earlier) return earlier;
      order.assertPayable(reach.actor);
      const open = payments.find(({ status }) => isInFlight(status));
      if (open) throw new PaymentAlreadyOpenError(open.id);
      const payment = Payment.create(
        order,
        order.totalAmount - authorisedBy(payments),
        provider,
        providerKey,
        new Date(),
      );
      await this.payments.insert(payment);
      if (order.settlePayments([...payments, payment])) await this.orders.savePaymentStatus(order);
      await this.outbox.add(new PaymentEvent('payment.created', payment));
      return payment;
    });
  }

  private async charge(payment: Payment, token?: string): Promise<ProviderOutcome> {
    const { provider, providerKey, amount, currency } = payment;
    try {
      return await this.providers.call(provider, (company, signal) =>
        company.charge({ key: providerKey, amount: { amount, currency }, token }, signal),
      );
    } catch (error) {
      if (!(error instanceof ProviderUnreachableError)) throw error;
      this.logger.warn(`payment ${payment.id} has no outcome yet: ${error.message}`);
      return { status: 'processing', reference: null, failureCode: null };
    }
  }

  /** Changes a payment in our books alone, which is enough where the money moves outside the system. */
  private book(
    id: string,
    status: 'captured' | 'voided',
    change: (payment: Payment, order: Order, now: Date) => void,
  ): Promise<Payment> {
    return this.transactions.run(async () => {
      const orderId = await this.payments.findOrderId(id);
      if (orderId === null) throw new PaymentNotFoundError();
      const order = await this.orders.lockById(orderId);
      const payments = await this.payments.lockAllOf(orderId);
      const payment = payments.find((candidate) => candidate.id === id)!;
      if (!this.providers.get(payment.provider).isBookedByHand)
        throw new PaymentTransitionError(payment.status, status);
      change(payment, order, new Date());
      await this.payments.save(payment);
      if (order.settlePayments(payments)) await this.orders.savePaymentStatus(order);
      await this.outbox.add(new PaymentEvent(`payment.${status}`, payment));
      return payment;
    });
  }
}

/** One attempt per request and order. */
function providerKeyOf(orderId: string, requestKey: string): string {
  return createHash('sha256').update(`${orderId}\n${requestKey}`).digest('hex');
}
