import { Injectable, Logger } from '@nestjs/common';
import { PROVIDER } from '../order-status.js';
import { type KnownCharge, type ProviderOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentOperationsService } from './payment-operations.service.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService } from './payment-settlement.service.js';
import { PaymentTimings } from './payment-timings.js';
import { PaymentsRepository, type UnsettledPayment } from './payments.repository.js';
import { PaymentProviderNotOfferedError } from './payments.errors.js';
import type { PaymentProviderName } from './provider-list.js';
import { RefundsService } from './refunds.service.js';

const HOUR_MS = 3_600_000;
const ago = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

/** Items of each kind that one run takes up; the next run is seconds away. */
const BATCH = 200;

/** Brings every payment, capture, void and refund to its end whose process died, or whose provider did not answer. */
@Injectable()
export class PaymentSweepService {
  private readonly logger = new Logger(PaymentSweepService.name);

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly refunds: RefundsService,
    private readonly operations: PaymentOperationsService,
    private readonly timings: PaymentTimings,
  ) {}

  /**
   * Asks providers about attempts, captures, voids and refunds older than a minute, and about authorisations that are older than they hold
   * them, and records their answers. Any number of workers may sweep at once.
   *
   * A provider that does not answer is left alone until the next run.
   */
  async sweep(now: Date = new Date()): Promise<void> {
    const before = new Date(now.getTime() - this.timings.sweepAfterMs);
    const silent = new Set<PaymentProviderName>();
    for (const payment of await this.payments.findUnsettled(before, BATCH)) {
      await this.attempt(payment.provider, silent, `payment ${payment.id}`, () => this.settle(payment, now));
    }
    for (const [provider, seconds] of this.providers.holdLimits) {
      const held = await this.payments.findHeldTooLong(provider, ago(now, seconds * 1000), ago(now, HOUR_MS), BATCH);
      for (const payment of held)
        await this.attempt(provider, silent, `payment ${payment.id}`, () => this.settle(payment, now));
    }
    for (const { id, provider } of await this.payments.findPendingOperations(before, BATCH)) {
      await this.attempt(provider, silent, `operation ${id}`, () => this.operations.execute(id));
    }
    const refusedBefore = new Date(now.getTime() - this.timings.retryRefusedRefundAfterMs);
    for (const paymentId of await this.payments.findOwedVoids(refusedBefore, BATCH))
      await this.settlement.giveUpOwed(paymentId);
    for (const paymentId of await this.payments.findOwed(refusedBefore, BATCH))
      await this.refunds.promiseOwed(paymentId);
    for (const { id, provider } of await this.payments.findPendingRefunds(before, BATCH)) {
      await this.attempt(provider, silent, `refund ${id}`, () => this.refunds.execute(id));
    }
  }

  /** A charge that is not settled when the provider's own limit has passed is given up, if the shopper still has something to do. */
  private async settle(payment: UnsettledPayment, now: Date): Promise<void> {
    const limit = this.providers.settlesWithinSeconds(payment.provider) * 1000;
    const { providerKey, amount, currency, capturesLater, providerReference, createdAt } = payment;
    const known: KnownCharge = {
      amount: { amount, currency },
      capture: capturesLater ? 'later' : 'now',
      reference: providerReference,
      askedAt: createdAt,
    };
    const isLate = now.getTime() - createdAt.getTime() > limit;
    const outcome = await this.providers.call(payment.provider, async (provider, signal): Promise<ProviderOutcome> => {
      const outcome = await provider.retrieve(providerKey, signal, known);
      if (outcome && !(isLate && outcome.status === 'requires_action')) return outcome;
      // The request may still be on its way, so its key is closed: it must not charge after we have called it failed.
      return provider.abandon(providerKey, signal, known);
    });
    await this.settlement.record(payment, outcome, PROVIDER);
    await this.payments.markAsked(payment.id, now);
  }

  /** @param silent Providers that have not answered in this run, which therefore are not asked again. */
  private async attempt(
    provider: PaymentProviderName,
    silent: Set<PaymentProviderName>,
    what: string,
    work: () => Promise<void>,
  ): Promise<void> {
    if (silent.has(provider)) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ProviderUnreachableError) && !(error instanceof PaymentProviderNotOfferedError))
        throw error;
      silent.add(provider);
      this.logger.warn(`${what} stays open: ${error.message}`);
    }
  }
}
