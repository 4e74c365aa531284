import { Injectable, Logger } from '@nestjs/common';
import { InsufficientScopeError } from '../../common/errors/request.errors.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import { hasScope, type Principal } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Order } from '../entities/order.entity.js';
import type { OrderReach } from '../order-access.js';
import { type Actor, PROVIDER } from '../order-status.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import { Payment, providerKeyOf } from './entities/payment.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { type ProviderOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService, type Settlement } from './payment-settlement.service.js';
import { authorisedBy, isInFlight } from './payment-status.js';
import {
  OrderOnHoldError,
  PaymentAlreadyOpenError,
  PaymentNotFoundError,
  PaymentTransitionError,
} from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';
import type { PaymentProviderName } from './provider-list.js';

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
   * @param lease Of the request's key, which is taken with the intent.
   * @throws OrderNotFoundError; OrderTransitionError unless the order waits for payment; PaymentAlreadyOpenError while another attempt
   *   has no outcome.
   */
  async pay(orderId: string, input: PaymentInput, reach: OrderReach, lease: KeyLease): Promise<Payment> {
    const payment = await this.transactions.run(async () => {
      await lease.take();
      return this.begin(orderId, input.provider, reach, lease.requestKey);
    });
    if (payment.status !== 'created') return payment;
    return (await this.settle(payment, input, reach.actor)).payment;
  }

  /** Calls the provider with the intent that has been committed, and records its answer. */
  async settle(payment: Payment, input: PaymentInput, actor: Actor): Promise<Settlement> {
    const outcome = await this.charge(payment, input.token);
    return this.settlement.record(
      payment,
      outcome,
      this.providers.get(payment.provider).isBookedByHand ? actor : PROVIDER,
    );
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

  /** Writes the intent to pay into the open transaction, under the order's lock, or finds the one that an earlier run of this request has written. */
  async begin(orderId: string, provider: PaymentProviderName, reach: OrderReach, requestKey: string): Promise<Payment> {
    const order = await this.orders.lock(orderId, reach);
    if (!order) throw new OrderNotFoundError();
    const payments = await this.payments.lockAllOf(orderId);
    const providerKey = providerKeyOf(orderId, requestKey);
    const earlier = payments.find((payment) => payment.provider === provider && payment.providerKey === providerKey);
    if (earlier) return earlier;
    order.assertPayable(reach.actor);
    const open = payments.find(({ status }) => isInFlight(status));
    if (open) throw new PaymentAlreadyOpenError(open.id);
    const due = order.totalAmount - authorisedBy(payments);
    const payment = Payment.intend(order, due, { provider, requestKey }, new Date());
    this.payments.insert(payment);
    if (order.settlePayments([...payments, payment])) await this.orders.savePaymentStatus(order);
    await this.outbox.add(new PaymentEvent('payment.created', payment));
    return payment;
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
      this.payments.save(payment);
      if (order.settlePayments(payments)) await this.orders.savePaymentStatus(order);
      await this.outbox.add(new PaymentEvent(`payment.${status}`, payment));
      return payment;
    });
  }
}
