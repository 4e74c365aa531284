import type { Implementation } from '../../common/extension-points.js';
import type { Money } from '../../common/money/money.js';
import type { PaymentStatus } from './payment-status.js';

/** Whether a charge takes the money, or holds it until it is captured. */
export const CAPTURE_MODES = ['now', 'later'] as const;
export type CaptureMode = (typeof CAPTURE_MODES)[number];

export interface ChargeRequest {
  /** The provider charges once per key, however often it is asked; letters, digits and `-`, 64 at most. */
  readonly key: string;
  /** In minor units: 1999 is 19.99 EUR, or 1999 JPY. */
  readonly amount: Money;
  /** The means of payment, as the provider's own form made it for the shopper. */
  readonly token?: string;
  /** `now`, unless said. */
  readonly capture?: CaptureMode;
  /** Whose order it is; only for providers whose money `isOfCustomer`. */
  readonly customerId?: string;
}

/** What a charge was that is looked up or given up; some providers find it by asking for the same once more. */
export interface KnownCharge extends Pick<ChargeRequest, 'amount'> {
  readonly capture: CaptureMode;
  /** The provider's id of it, if it has ever been told. */
  readonly reference: string | null;
  readonly askedAt: Date;
}

/** Something done to a charge, under a key of its own; of the same form as that of a charge. */
export interface OperationRequest {
  readonly key: string;
  /** The provider's id of the charge. */
  readonly chargeReference: string | null;
}

export interface CaptureRequest extends OperationRequest {
  /** In minor units; what has been captured already is not counted in. */
  readonly amount: Money;
  /** What is left of the authorisation afterwards is given up with it. */
  readonly isFinal: boolean;
}

export interface RefundRequest extends OperationRequest {
  /** In minor units; a charge may be refunded in parts, each under a key of its own. */
  readonly amount: Money;
  /** Whose account gets the money, which another provider took; only for providers whose money `isOfCustomer`. */
  readonly customerId?: string;
}

/** What the shopper has to do before a charge goes on: go to a page, or hand a secret to the provider's script. */
export type NextAction =
  | { readonly type: 'redirect'; readonly url: string }
  | { readonly type: 'client_secret'; readonly clientSecret: string };

/** What a provider says about a charge as a whole. */
export interface ProviderOutcome {
  /**
   * `captured`: the shop has the money and nothing more is held. `partially_captured`: it has a part, the rest is held. `authorised`: all is
   * held. `failed`: it never will have any, under this key. `voided`, `expired`: what was held is given up, and nothing was captured.
   * `processing`: not known yet; the provider is asked again. `requires_action`: the shopper has to do `nextAction` first.
   */
  readonly status: Exclude<PaymentStatus, 'created'>;
  /** The provider's id of the charge, if it has one; captures, voids and refunds name it. */
  readonly reference: string | null;
  /** Why it failed, in the provider's words, for machines. */
  readonly failureCode: string | null;
  /** Minor units held for the shop, captured ones included; unless said all that was asked for, where something is held. */
  readonly authorisedAmount?: number;
  /** Minor units captured so far, whatever has been refunded since; unless said all that is held, where it is `captured`. */
  readonly capturedAmount?: number;
  /** With `requires_action`. */
  readonly nextAction?: NextAction;
  /** Rises with each change of the charge, where the provider counts them: what has a lower one than is known already is old. */
  readonly version?: number;
}

/** What a provider says about a capture, a void or a refund. */
export interface OperationOutcome {
  /** `pending`: taken on, and not decided yet. The others are final: what has failed is never made under this key. */
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** The provider's id of it, if it has one. */
  readonly reference: string | null;
  /** Why it failed, in the provider's words, for machines. */
  readonly failureCode: string | null;
}

export type OperationKind = 'capture' | 'void' | 'refund';

/** One piece of news of a provider. */
export interface ProviderEvent {
  /** The provider's id of it; the same one however often it is sent. */
  readonly id: string;
  readonly occurredAt: Date;
  /** The charge or the operation as it stood then, by our key; null when it is about nothing of ours. */
  readonly news:
    | { readonly kind: 'charge'; readonly key: string; readonly outcome: ProviderOutcome }
    | { readonly kind: OperationKind; readonly key: string; readonly outcome: OperationOutcome }
    | null;
}

/** A webhook as it came in, byte by byte. */
export interface WebhookDelivery {
  readonly body: Buffer;
  /** Names in lower case; of one that was sent twice, both values joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly receivedAt: Date;
}

/** How far the clock of a provider may be from ours, either way. */
export const WEBHOOK_TOLERANCE_SECONDS = 300;

/** The webhooks of a provider. */
export interface ProviderWebhooks {
  /**
   * Makes sure that the provider sent these very bytes, not longer ago than `WEBHOOK_TOLERANCE_SECONDS` and not in the future beyond it.
   * Compares in constant time.
   *
   * @throws ForgedWebhookError
   */
  verify(delivery: WebhookDelivery): void;

  /**
   * Reads what has been verified, also long afterwards. What cannot be told apart is about nothing of ours.
   *
   * @throws ForgedWebhookError when it is no event of the provider at all.
   */
  read(body: Buffer): ProviderEvent;
}

/** Not from the provider, changed on the way, or sent too long ago. Nothing of it is kept. */
export class ForgedWebhookError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ForgedWebhookError';
  }
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
  /** How long a charge may stay without an outcome; an unpaid order is kept alive for it that long, and then the charge is given up. */
  abstract readonly settlesWithinSeconds: number;
  /** How long an authorisation holds before the provider lets go of it by itself; null when it never does. */
  abstract readonly holdsForSeconds: number | null;
  /** Whether one authorisation can be captured several times; otherwise the first capture is final. */
  abstract readonly capturesInParts: boolean;
  /** Whether the money is of the customer's account, so that only they, or staff for them, may pay with it; it is told who they are. */
  readonly isOfCustomer: boolean = false;
  /** How the provider tells its news; null when it tells none. */
  abstract readonly webhooks: ProviderWebhooks | null;

  /**
   * Takes the whole amount, or holds it for a capture later; a means of payment that has less may give what it has, and the outcome says how
   * much (`authorisedAmount`). A means of payment that is declined, unknown or missing is an outcome: `failed`,
   * with a code.
   */
  abstract charge(request: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome>;

  /** How a charge stands now, also one whose answer was lost; null when the provider has never heard of the key. */
  abstract retrieve(key: string, signal: AbortSignal, known: KnownCharge): Promise<ProviderOutcome | null>;

  /**
   * Makes sure that a key is not charged any more, even by a request that is still on its way: one that the provider has not heard of, or whose
   * shopper has not done yet what is to be done. A charge that is `captured`, `authorised` or dead stays as it is.
   *
   * @returns how the charge stands now: `failed` or `expired` when it was given up.
   */
  abstract abandon(key: string, signal: AbortSignal, known: KnownCharge): Promise<ProviderOutcome>;

  /**
   * Takes money that is held, never more than that. `failed` where nothing is held (any more), where less is held than asked for, or where the
   * charge is unknown.
   */
  abstract capture(request: CaptureRequest, signal: AbortSignal): Promise<OperationOutcome>;

  /** Gives up what is held and not captured. `failed` where nothing is held, or the charge is unknown. */
  abstract void(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome>;

  /** Gives money of a charge back, never more than was captured. A charge that took none, or is unknown, is an outcome: `failed`. */
  abstract refund(request: RefundRequest, signal: AbortSignal): Promise<OperationOutcome>;

  /**
   * What became of a capture, a void or a refund, also of one whose answer was lost, and however long ago; null when the provider has never
   * heard of the key. One that was not heard of is asked for again, under the same key.
   */
  abstract retrieveOperation(
    kind: OperationKind,
    request: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null>;
}
