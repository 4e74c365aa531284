import { Injectable } from '@nestjs/common';
import {
  type ChargeRequest,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderOutcome,
} from './payment-provider.js';

/**
 * Invoice, bank transfer, cash: staff vouch for the whole amount, and book the money when it is there.
 *
 * Nothing outside is called, so every answer follows from the question, and what was begun is done.
 */
@Injectable()
export class ManualPaymentProvider extends PaymentProvider {
  override readonly isOffered = true;
  override readonly isBookedByHand = true;
  override readonly settlesWithinSeconds = 60;
  override readonly holdsForSeconds = null;
  override readonly capturesInParts = true;
  override readonly webhooks = null;

  override charge({ key }: ChargeRequest): Promise<ProviderOutcome> {
    return this.retrieve(key);
  }

  /** The booking that began is the booking: a process that died between its two transactions is finished here. */
  override retrieve(key: string): Promise<ProviderOutcome> {
    return Promise.resolve({ status: 'authorised', reference: key, failureCode: null });
  }

  override abandon(key: string): Promise<ProviderOutcome> {
    return this.retrieve(key);
  }

  override capture(request: OperationRequest): Promise<OperationOutcome> {
    return this.retrieveOperation('capture', request);
  }

  override void(request: OperationRequest): Promise<OperationOutcome> {
    return this.retrieveOperation('void', request);
  }

  /** Recorded at once: the money goes back by the way it came, outside the system. */
  override refund(request: OperationRequest): Promise<OperationOutcome> {
    return this.retrieveOperation('refund', request);
  }

  override retrieveOperation(_kind: string, { key }: OperationRequest): Promise<OperationOutcome> {
    return Promise.resolve({ status: 'succeeded', reference: key, failureCode: null });
  }
}
