import { Injectable, Logger } from '@nestjs/common';
import { InsufficientScopeError } from '../../common/errors/request.errors.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import type { Money } from '../../common/money/money.js';
import { hasScope, type Principal } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { OrderReach } from '../order-access.js';
import { type Actor, PROVIDER } from '../order-status.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import { Payment, type PaymentIntent, providerKeyOf } from './entities/payment.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { type CaptureMode, type ProviderOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService, type Settlement } from './payment-settlement.service.js';
import { dueOf, isInFlight } from './payment-status.js';
import { PaymentAlreadyOpenError, PaymentAmountError, PaymentNotFoundError } from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';
import type { PaymentProviderName } from './provider-list.js';

/** How an order is to be paid. */
export interface PaymentInput {
  readonly provider: PaymentProviderName;
  /** The means of payment, as the provider's own form made it for the shopper. */
  readonly token?: string;
  /** The code of a gift card, which is its token. */
  readonly code?: string;
  /** Whether the money is taken at once or held; `PAYMENT_CAPTURE` unless said. */
  readonly capture?: CaptureMode;
}

/** Paying orders. */
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
   * Refuses a provider that is not offered, or not to this caller: only staff vouch for money by hand, and capture it otherwise than the shop
   * does.
   *
   * @throws PaymentProviderNotOfferedError, InsufficientScopeError (payments:capture)
   */
  assertMayUse({ provider, capture }: PaymentInput, principal: Principal): void {
    const { isBookedByHand } = this.providers.get(provider);
    const { captureMode } = this.providers;
    if ((isBookedByHand || (capture ?? captureMode) !== captureMode) && !hasScope(principal, 'payments:capture'))
      throw new InsufficientScopeError(['payments:capture']);
  }

  /** What is written before the provider is asked. */
  intentOf({ provider, capture = this.providers.captureMode }: PaymentInput, requestKey: string): PaymentIntent {
    return { provider, requestKey, capture };
  }

  /**
   * Pays what is due on an order, or a part of it: writes the intent, commits, calls the provider, records its answer.
   *
   * A decline is an answer like others: the payment comes back `failed` with its code, and the order still waits. Without an answer the
   * payment is `processing` until the sweep has asked. Repeating the same request goes on where the first one died.
   *
   * @param lease Of the request's key, which is taken with the intent.
   * @throws OrderNotFoundError; OrderTransitionError unless the order waits for payment, or something of it has been given up since;
   *   PaymentAlreadyOpenError while another attempt has no outcome; PaymentAmountError for more than is due.
   */
  async pay(
    orderId: string,
    { amount, ...input }: PaymentInput & { readonly amount?: Money },
    reach: OrderReach,
    lease: KeyLease,
  ): Promise<Payment> {
    const payment = await this.transactions.run(async () => {
      await lease.take();
      return this.begin(orderId, this.intentOf(input, lease.requestKey), reach, amount);
    });
    if (payment.status !== 'created') return payment;
    return (await this.settle(payment, input, reach.actor)).payment;
  }

  /** Calls the provider with the intent that has been committed, and records its answer. */
  async settle(payment: Payment, input: PaymentInput, actor: Actor): Promise<Settlement> {
    const outcome = await this.charge(payment, input.token ?? input.code, actor);
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

  /** True when the payment's order is within reach. */
  async isWithin(id: string, reachOf: (orderId: string) => OrderReach): Promise<boolean> {
    const orderId = await this.payments.findOrderId(id);
    return orderId !== null && (await this.payments.find(id, reachOf(orderId))) !== null;
  }

  /** The payments of an order that the caller is known to reach, oldest first. */
  findAllOf(orderId: string): Promise<Payment[]> {
    return this.payments.findAllOf(orderId);
  }

  /** The payments of an order, oldest first. @throws OrderNotFoundError */
  async list(orderId: string, reach: OrderReach): Promise<Payment[]> {
    if (!(await this.orders.find(orderId, reach))) throw new OrderNotFoundError();
    return this.payments.findAllOf(orderId);
  }

  /** Writes the intent to pay into the open transaction, under the order's lock, or finds the one that an earlier run of this request has written. */
  async begin(orderId: string, intent: PaymentIntent, reach: OrderReach, part?: Money): Promise<Payment> {
    const { provider, requestKey } = intent;
    const order = await this.orders.lock(orderId, reach);
    if (!order) throw new OrderNotFoundError();
    const payments = await this.payments.lockAllOf(orderId);
    const providerKey = providerKeyOf(orderId, requestKey);
    const earlier = payments.find((payment) => payment.provider === provider && payment.providerKey === providerKey);
    if (earlier) return earlier;
    const due = dueOf(order.totalAmount, payments);
    // What was authorised and has been given up since is due again, and so is what an edit has added.
    if (order.status !== 'confirmed' || due <= 0) order.assertPayable(reach.actor);
    const open = payments.find(({ status }) => isInFlight(status));
    if (open) throw new PaymentAlreadyOpenError(open.id);
    const isPart = part && part.amount > 0 && part.amount <= due && part.currency === order.currency;
    if (part && !isPart) throw new PaymentAmountError({ amount: due, currency: order.currency });
    const payment = Payment.intend(order, part?.amount ?? due, intent, new Date());
    this.payments.insert(payment);
    if (order.settlePayments([...payments, payment])) await this.orders.savePaymentStatus(order);
    await this.outbox.add(new PaymentEvent('payment.created', payment));
    return payment;
  }

  private async charge(payment: Payment, token: string | undefined, actor: Actor): Promise<ProviderOutcome> {
    const { provider, providerKey, amount, currency } = payment;
    const capture = payment.capturesLater ? 'later' : 'now';
    const { isOfCustomer } = this.providers.get(provider);
    const customerId = isOfCustomer ? await this.customerOf(payment, actor) : undefined;
    try {
      return await this.providers.call(provider, (company, signal) =>
        company.charge({ key: providerKey, amount: { amount, currency }, token, capture, customerId }, signal),
      );
    } catch (error) {
      if (!(error instanceof ProviderUnreachableError)) throw error;
      this.logger.warn(`payment ${payment.id} has no outcome yet: ${error.message}`);
      return { status: 'processing', reference: null, failureCode: null };
    }
  }

  /** Whose money may be spent: the customer's, by themselves or by staff, and by nobody who only holds the link of the order. */
  private async customerOf({ orderId }: Payment, actor: Actor): Promise<string | undefined> {
    const [order] = await this.orders.findAll([orderId]);
    const customerId = order?.customerId ?? undefined;
    return actor.kind === 'staff' || actor.id === customerId ? customerId : undefined;
  }
}
