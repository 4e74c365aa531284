import type { Money } from '../../common/money/money.js';
import type { PaymentStatus } from './payment-status.js';

export const PAYMENT_PROVIDER_NAMES = ['manual', 'fake'] as const;
export type PaymentProviderName = (typeof PAYMENT_PROVIDER_NAMES)[number];

export interface ChargeRequest {
  /** The provider charges once per key, however often it is asked. */
  readonly key: string;
  readonly amount: Money;
  /** The means of payment, as the provider's own form made it for the shopper. */
  readonly token?: string;
}

export interface RefundRequest {
  /** The provider refunds once per key. */
  readonly key: string;
  /** The provider's id of the charge. */
  readonly chargeReference: string | null;
  readonly amount: Money;
}

/** What a provider says about a charge. Amounts are whole: what was asked for, or nothing. */
export interface ProviderOutcome {
  readonly status: Extract<
    PaymentStatus,
    'requires_action' | 'processing' | 'authorised' | 'captured' | 'failed' | 'expired'
  >;
  /** The provider's id of the charge, if it has one. */
  readonly reference: string | null;
  /** Why it failed, in the provider's words, for machines. */
  readonly failureCode: string | null;
}

export interface RefundOutcome {
  readonly status: 'succeeded' | 'failed';
  readonly reference: string | null;
}

/** No usable answer: unreachable, too slow, or broken. Whether the provider has acted is unknown and must be asked later. */
export class ProviderUnreachableError extends Error {
  constructor(provider: PaymentProviderName, reason: string) {
    super(`${provider}: ${reason}`);
    this.name = 'ProviderUnreachableError';
  }
}

/**
 * A company (or a till) that moves money. Never called inside a database transaction.
 *
 * Every method may be repeated with the same key and then has one effect and one answer. Every method raises
 * `ProviderUnreachableError`, and nothing else, when there is no usable answer.
 */
export interface PaymentProvider {
  readonly name: PaymentProviderName;
  /** The money moves outside the system and staff book it; capture and void are then entries in our books alone. */
  readonly isBookedByHand: boolean;
  /** How long a charge may stay without an outcome; an unpaid order is kept alive for it that long. */
  readonly settlesWithinSeconds: number;

  /** Takes the money, or reserves it. */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome>;

  /** What became of a charge; null when the provider has never heard of the key. */
  retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null>;

  /**
   * Makes sure that a key the provider has not heard of is never charged, even by a request that is still on its way.
   *
   * @returns the outcome, which is that of the charge when one arrived first.
   */
  abandon(key: string, signal: AbortSignal): Promise<ProviderOutcome>;

  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundOutcome>;
}
