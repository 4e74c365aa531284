import { Injectable } from '@nestjs/common';
import type {
  ChargeRequest,
  PaymentProvider,
  ProviderOutcome,
  RefundOutcome,
  RefundRequest,
} from './payment-provider.js';

/**
 * Invoice, bank transfer, cash: staff vouch for the whole amount, and book the money when it is there.
 *
 * Nothing outside is called, so every answer follows from the question.
 */
@Injectable()
export class ManualPaymentProvider implements PaymentProvider {
  readonly name = 'manual';
  readonly isBookedByHand = true;
  readonly settlesWithinSeconds = 60;

  charge({ key }: ChargeRequest): Promise<ProviderOutcome> {
    return Promise.resolve({ status: 'authorised', reference: key, failureCode: null });
  }

  /** The booking that began is the booking: a process that died between its two transactions is finished here. */
  retrieve(key: string): Promise<ProviderOutcome> {
    return Promise.resolve({ status: 'authorised', reference: key, failureCode: null });
  }

  abandon(key: string): Promise<ProviderOutcome> {
    return this.retrieve(key);
  }

  /** Recorded at once: the money goes back by the way it came, outside the system. */
  refund({ key }: RefundRequest): Promise<RefundOutcome> {
    return Promise.resolve({ status: 'succeeded', reference: key });
  }
}
