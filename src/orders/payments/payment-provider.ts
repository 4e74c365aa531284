import type { Implementation } from '../../common/extension-points.js';
import type { Money } from '../../common/money/money.js';
import type { PaymentStatus } from './payment-status.js';

export interface ChargeRequest {
  /** The provider charges once per key, however often it is asked; letters, digits and `-`, 64 at most. */
  readonly key: string;
  /** In minor units: 1999 is 19.99 EUR, or 1999 JPY. */
  readonly amount: Money;
  /** The means of payment, as the provider's own form made it for the shopper. */
  readonly token?: string;
}

export interface RefundRequest {
  /** The provider refunds once per key; of the same form as that of a charge. */
  readonly key: string;
  /** The provider's id of the charge. */
  readonly chargeReference: string | null;
  /** In minor units; a charge may be refunded in parts, each under a key of its own. */
  readonly amount: Money;
}

/** What a provider says about a charge. Amounts are whole: what was asked for, or nothing. */
export interface ProviderOutcome {
  /**
   * `captured`: the shop has the money. `failed`: it never will have it, under this key. `processing`: not known yet; the provider is asked
   * again. `authorised` is for what is booked by hand; nothing follows the other states up yet.
   */
  readonly status: Extract<
    PaymentStatus,
    'requires_action' | 'processing' | 'authorised' | 'captured' | 'failed' | 'expired'
  >;
  /** The provider's id of the charge, if it has one; refunds name it. */
  readonly reference: string | null;
  /** Why it failed, in the provider's words, for machines. */
  readonly failureCode: string | null;
}

export interface RefundOutcome {
  /** Both are final: what has failed is never made under this key. */
  readonly status: 'succeeded' | 'failed';
  readonly reference: string | null;
}

/** No usable answer: unreachable, too slow, or broken. Whether the provider has acted is unknown and must be asked later. */
export class ProviderUnreachableError extends Error {
  constructor(provider: string, reason: string) {
    super(`${provider}: ${reason}`);
    this.name = 'ProviderUnreachableError';
  }
}

/**
 * A company (or a till) that moves money: an extension point. Never called inside a database transaction.
 *
 * Every method may be repeated with the same key, also at the same moment, and then has one effect and one answer. Every method raises
 * `ProviderUnreachableError`, and nothing else, when there is no usable answer: none before `signal` ends the wait, a refused connection, an
 * answer that it cannot, or one that makes no sense. `test/kits/payment-provider.kit.ts` holds every implementation to all of this.
 */
export abstract class PaymentProvider implements Implementation {
  abstract readonly isOffered: boolean;
  /** The money moves outside the system and staff book it; capture and void are then entries in our books alone. */
  abstract readonly isBookedByHand: boolean;
  /** How long a charge may stay without an outcome; an unpaid order is kept alive for it that long. */
  abstract readonly settlesWithinSeconds: number;

  /** Takes the whole amount. A means of payment that is declined, unknown or missing is an outcome: `failed`, with a code. */
  abstract charge(request: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome>;

  /** What became of a charge, also of one whose answer was lost; null when the provider has never heard of the key. */
  abstract retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null>;

  /**
   * Makes sure that a key the provider has not heard of is never charged, even by a request that is still on its way.
   *
   * @returns the outcome, which is that of the charge when one arrived first, and `failed` otherwise.
   */
  abstract abandon(key: string, signal: AbortSignal): Promise<ProviderOutcome>;

  /** Gives money of a charge back. A charge that took none, or is unknown, is an outcome: `failed`. */
  abstract refund(request: RefundRequest, signal: AbortSignal): Promise<RefundOutcome>;
}
