import { Inject, Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { CarrierUnreachableError, ShippingCarrier } from './shipping-carrier.js';

/** How long a shopper waits for a carrier. */
const PATIENCE_MS = 3_000;

/** The carriers of this installation, and the one way to call them. */
@Injectable()
export class ShippingCarriers {
  constructor(
    @Inject(ShippingCarrier) private readonly offered: ReadonlyMap<string, ShippingCarrier>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Where a shopper follows a parcel; null for a carrier that is not one of ours. */
  trackingUrl(carrier: string, trackingNumber: string): string | null {
    return this.offered.get(carrier)?.trackingUrl(trackingNumber) ?? null;
  }

  /**
   * Asks a carrier something.
   *
   * @throws CarrierUnreachableError also when no answer came in time, or the carrier is not offered; Error inside a transaction.
   */
  async call<Answer>(
    name: string,
    ask: (carrier: ShippingCarrier, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    if (this.transactions.isOpen) throw new Error('A carrier is never called inside a transaction');
    const carrier = this.offered.get(name);
    if (!carrier) throw new CarrierUnreachableError(name, 'it is not offered');
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const tooLate = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () =>
        reject(new CarrierUnreachableError(name, `no answer within ${PATIENCE_MS} ms`)),
      );
    });
    return Promise.race([ask(carrier, signal), tooLate]);
  }
}
