import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import type { Money } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Order } from '../entities/order.entity.js';
import { OrderTransitionError } from '../orders.errors.js';
import type { Payment } from './entities/payment.entity.js';
import type { PaymentOperation } from './entities/payment-operation.entity.js';
import { type OperationOutcome, type PaymentProvider, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService, type SettledOperation, toldOf } from './payment-settlement.service.js';
import type { PaymentProviderName } from './provider-list.js';
import {
  OrderOnHoldError,
  PaymentAmountError,
  PaymentNotFoundError,
  PaymentRefusedError,
  PaymentTransitionError,
} from './payments.errors.js';
import { PaymentsRepository } from './payments.repository.js';

/** What is to be captured of a payment. */
export interface CaptureInput {
  /** All that can be, unless given. */
  readonly amount?: Money;
  /** What is left is given up with it. */
  readonly isFinal?: boolean;
}

/** Captures and voids: claims them, and makes what has been claimed. */
@Injectable()
export class PaymentOperationsService {
  private readonly logger = new Logger(PaymentOperationsService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Takes what is authorised, or a part of it: claims it, commits, calls the provider, records its answer. Where the money moves outside the
   * system, one transaction books it.
   *
   * Without an answer it stays claimed until the sweep has asked. Repeating the same request goes on where the first one died.
   *
   * @throws PaymentNotFoundError; PaymentTransitionError unless something is authorised, and for the last capture while another is under way; CaptureExceedsError; PaymentAmountError;
   *   OrderOnHoldError (domain.md O8); OrderTransitionError for an order that is over; PaymentProviderNotOfferedError when it is not offered any
   *   more; PaymentRefusedError when the provider refuses.
   */
  capture(id: string, { amount, isFinal = false }: CaptureInput, lease: KeyLease): Promise<Payment> {
    return this.operate(id, 'capture', lease, (payment, order) => {
      if (order.status === 'on_hold') throw new OrderOnHoldError();
      if (order.status === 'cancelled' || order.status === 'expired')
        throw new OrderTransitionError(order.status, 'captured', []);
      const { capturable, currency } = payment;
      if (amount && (amount.amount <= 0 || amount.currency !== currency))
        throw new PaymentAmountError({ amount: capturable, currency });
      const taken = amount?.amount ?? capturable;
      const isLast = isFinal || !this.providers.get(payment.provider).capturesInParts;
      // The provider would give up with the rest what another capture is about to take.
      if (isFinal && payment.claimedAmount > 0)
        throw new PaymentTransitionError(payment.status, 'captured for good while another capture is under way');
      return { amount: taken, releasedAmount: isLast ? Math.max(capturable - taken, 0) : 0 };
    });
  }

  /**
   * Gives up what is authorised and not captured, in the same way.
   *
   * @throws PaymentNotFoundError; PaymentTransitionError when nothing can be given up, or a capture is under way; PaymentRefusedError.
   */
  void(id: string, lease?: KeyLease): Promise<Payment> {
    return this.operate(id, 'void', lease, ({ capturable }) => ({ amount: capturable, releasedAmount: 0 }));
  }

  /**
   * Asks the provider for a claimed capture or void and records its answer. Safe to repeat: the operation's id is the provider's key, and from
   * the second time on it is looked up first.
   *
   * @throws ProviderUnreachableError when there is no answer; the operation stays pending, and asking again is safe.
   */
  async execute(operationId: string): Promise<void> {
    const asked = await this.begin(operationId);
    if (!asked) return;
    const { operation, payment } = asked;
    const outcome = await this.providers.call(payment.provider, async (provider, signal) => {
      const request = { key: operation.id, chargeReference: payment.providerReference };
      const known = operation.attempts > 1 ? await provider.retrieveOperation(operation.kind, request, signal) : null;
      return known ?? (await ask(provider, operation, payment, signal));
    });
    await this.settlement.recordOperation(operationId, outcome);
  }

  /** Asks the provider at once, and leaves to the sweep what it does not answer. @returns order, payments and operation as they are now. */
  private async attempt(operationId: string): Promise<SettledOperation> {
    try {
      await this.execute(operationId);
    } catch (error) {
      if (!(error instanceof ProviderUnreachableError)) throw error;
      this.logger.warn(`operation ${operationId} has no outcome yet: ${error.message}`);
    }
    return (await this.settlement.recordOperation(operationId, PENDING))!;
  }

  /** The payment that a provider knows by this key; null when it is none of ours. */
  findCharge(provider: PaymentProviderName, key: string): Promise<Payment | null> {
    return this.payments.findByProviderKey(provider, key);
  }

  /** Brings to an end what is under way with a payment. @throws ProviderUnreachableError */
  async executeAllOf(paymentId: string): Promise<void> {
    for (const id of await this.payments.findOperationsUnderWay(paymentId)) await this.execute(id);
  }

  /** Counts the attempt, before it is made. @returns null when there is nothing left to do. */
  private async begin(operationId: string): Promise<{ operation: PaymentOperation; payment: Payment } | null> {
    const orderId = await this.payments.findOrderOfOperation(operationId);
    if (orderId === null) return null;
    return this.transactions.run(async () => {
      const { operation, payment } = await this.settlement.lockOperation(orderId, operationId);
      if (operation.status !== 'pending') return null;
      operation.attempts += 1;
      this.payments.saveOperation(operation);
      return { operation, payment };
    });
  }

  /**
   * Begins a capture or a void, or finds the one that an earlier run of this request has begun, and brings it to its end.
   *
   * @param plan What it is to claim, in minor units.
   */
  private async operate(
    id: string,
    kind: PaymentOperation['kind'],
    lease: KeyLease | undefined,
    plan: (payment: Payment, order: Order) => Pick<PaymentOperation, 'amount' | 'releasedAmount'>,
  ): Promise<Payment> {
    const requestKey = lease?.requestKey ?? null;
    const begun = await this.transactions.run(async () => {
      await lease?.take();
      const orderId = (await this.payments.findOrderId(id)) ?? raise(new PaymentNotFoundError());
      const settlement = await this.settlement.lock(orderId, id);
      const { payment, order } = settlement;
      const earlier = requestKey === null ? null : await this.payments.findOperationOf(id, requestKey);
      if (earlier) return { payment, operation: earlier };
      const { isBookedByHand: isByHand } = this.providers.get(payment.provider);
      const { amount, releasedAmount } = plan(payment, order);
      const now = new Date();
      const operation = payment.begin(kind, { amount, releasedAmount, requestKey, isByHand }, now);
      this.payments.insertOperation(operation);
      const [told, about] = [toldOf(operation, payment), { operationId: operation.id }];
      await (isByHand
        ? this.settlement.book(settlement, told, about, now)
        : this.settlement.save(settlement, told, about));
      await this.audit.record({
        action: `payment.${kind}`,
        target: { type: 'payment', id },
        after: { amount, ...(releasedAmount > 0 ? { releasedAmount } : {}), currency: payment.currency },
      });
      return { payment, operation };
    });
    const { payment, operation } =
      begun.operation.status === 'pending' ? await this.attempt(begun.operation.id) : begun;
    if (operation.status === 'failed') throw new PaymentRefusedError(operation.failureCode);
    return payment;
  }
}

const PENDING: OperationOutcome = { status: 'pending', reference: null, failureCode: null };

function ask(
  provider: PaymentProvider,
  { kind, id: key, amount, releasedAmount, currency }: PaymentOperation,
  { providerReference: chargeReference, authorisedAmount, capturedAmount }: Payment,
  signal: AbortSignal,
): Promise<OperationOutcome> {
  if (kind === 'void') return provider.void({ key, chargeReference }, signal);
  const isFinal = releasedAmount > 0 || capturedAmount + amount === authorisedAmount;
  return provider.capture({ key, chargeReference, amount: { amount, currency }, isFinal }, signal);
}
