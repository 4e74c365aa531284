import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type CaptureMode, PaymentProvider, ProviderUnreachableError } from './payment-provider.js';
import { PaymentTimings } from './payment-timings.js';
import { PaymentProviderNotOfferedError } from './payments.errors.js';
import type { PaymentProviderName } from './provider-list.js';

/** The payment providers of this installation, and the one way to call them. */
@Injectable()
export class PaymentProviders {
  constructor(
    @Inject(PaymentProvider) private readonly offered: ReadonlyMap<string, PaymentProvider>,
    private readonly transactions: TransactionRunner,
    private readonly timings: PaymentTimings,
    private readonly environment: Environment,
  ) {}

  /** Whether payments take the money at once or hold it, unless staff say otherwise. */
  get captureMode(): CaptureMode {
    return this.environment.PAYMENT_CAPTURE;
  }

  /** The provider of that name; undefined when there is none, or it is not offered. */
  find(name: string): PaymentProvider | undefined {
    return this.offered.get(name);
  }

  /** @throws PaymentProviderNotOfferedError */
  get(name: PaymentProviderName): PaymentProvider {
    const provider = this.offered.get(name);
    if (!provider) throw new PaymentProviderNotOfferedError(name);
    return provider;
  }

  /** Whether giving up and capturing are entries in our books alone. */
  isBookedByHand(name: PaymentProviderName): boolean {
    return this.offered.get(name)?.isBookedByHand ?? false;
  }

  /** Names of those that let go of an authorisation by themselves, and after how many seconds. */
  get holdLimits(): [name: PaymentProviderName, seconds: number][] {
    return [...this.offered].flatMap(([name, { holdsForSeconds }]) =>
      holdsForSeconds === null ? [] : [[name as PaymentProviderName, holdsForSeconds]],
    );
  }

  /** How long a charge of this provider may stay without an outcome; nothing is awaited of one that is not offered any more. */
  settlesWithinSeconds(name: PaymentProviderName): number {
    return this.offered.get(name)?.settlesWithinSeconds ?? 0;
  }

  /**
   * Asks a provider something, for as long as `PaymentTimings` allows.
   *
   * @throws ProviderUnreachableError when no answer came in time; Error inside a transaction, where nothing outside may be called.
   */
  async call<Answer>(
    name: PaymentProviderName,
    ask: (provider: PaymentProvider, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.transactions.isOpen) throw new Error('A payment provider is never called inside a transaction');
    const provider = this.get(name);
    const patience = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new ProviderUnreachableError(name, `no answer within ${this.timings.callTimeoutMs} ms`));
        patience.abort();
      }, this.timings.callTimeoutMs);
    });
    try {
      return await Promise.race([ask(provider, patience.signal), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
