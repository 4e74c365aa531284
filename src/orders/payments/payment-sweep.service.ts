import { Injectable, Logger } from '@nestjs/common';
import { PROVIDER } from '../order-status.js';
import { type ProviderOutcome, ProviderUnreachableError } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { PaymentSettlementService } from './payment-settlement.service.js';
import { PaymentTimings } from './payment-timings.js';
import { PaymentsRepository, type UnsettledPayment } from './payments.repository.js';
import { PaymentProviderNotOfferedError } from './payments.errors.js';
import type { PaymentProviderName } from './provider-list.js';
import { RefundsService } from './refunds.service.js';

/** Items of each kind that one run takes up; the next run is seconds away. */
const BATCH = 200;

/** Brings every payment and refund to its end whose process died, or whose provider did not answer. */
@Injectable()
export class PaymentSweepService {
  private readonly logger = new Logger(PaymentSweepService.name);

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly settlement: PaymentSettlementService,
    private readonly refunds: RefundsService,
    private readonly timings: PaymentTimings,
  ) {}

  /**
   * Asks providers about attempts and refunds older than a minute and records their answers. Any number of workers may sweep at once.
   *
   * A provider that does not answer is left alone until the next run.
   */
  async sweep(now: Date = new Date()): Promise<void> {
    const before = new Date(now.getTime() - this.timings.sweepAfterMs);
    const silent = new Set<PaymentProviderName>();
    for (const payment of await this.payments.findUnsettled(before, BATCH)) {
      await this.attempt(payment.provider, silent, `payment ${payment.id}`, () => this.settle(payment));
    }
    const refusedBefore = new Date(now.getTime() - this.timings.retryRefusedRefundAfterMs);
    for (const paymentId of await this.payments.findOwed(refusedBefore, BATCH))
      await this.refunds.promiseOwed(paymentId);
    for (const { id, provider } of await this.payments.findPendingRefunds(before, BATCH)) {
      await this.attempt(provider, silent, `refund ${id}`, () => this.refunds.execute(id));
    }
  }

  private async settle(payment: UnsettledPayment): Promise<void> {
    const outcome = await this.providers.call(payment.provider, async (provider, signal): Promise<ProviderOutcome> => {
      const known = await provider.retrieve(payment.providerKey, signal);
      // The request may still be on its way, so its key is closed: it must not charge after we have called it failed.
      return known ?? (await provider.abandon(payment.providerKey, signal));
    });
    await this.settlement.record(payment, outcome, PROVIDER);
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
