import { Injectable } from '@nestjs/common';
import {
  type ChargeRequest,
  PaymentProvider,
  type ProviderOutcome,
  type RefundOutcome,
  type RefundRequest,
} from './payment-provider.js';

/**
 * Invoice, bank transfer, cash: staff vouch for the whole amount, and book the money when it is there.
 *
 * Nothing outside is called, so every answer follows from the question.
 */
@Injectable()
export class ManualPaymentProvider extends PaymentProvider {
  override readonly isOffered = true;
  override readonly isBookedByHand = true;
  override readonly settlesWithinSeconds = 60;

  override charge({ key }: ChargeRequest): Promise<ProviderOutcome> {
    return Promise.resolve({ status: 'authorised', reference: key, failureCode: null });
  }

  /** The booking that began is the booking: a process that died between its two transactions is finished here. */
  override retrieve(key: string): Promise<ProviderOutcome> {
    return Promise.resolve({ status: 'authorised', reference: key, failureCode: null });
  }

  override abandon(key: string): Promise<ProviderOutcome> {
    return this.retrieve(key);
  }

  /** Recorded at once: the money goes back by the way it came, outside the system. */
  override refund({ key }: RefundRequest): Promise<RefundOutcome> {
    return Promise.resolve({ status: 'succeeded', reference: key });
  }
}
