import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { distrustOf } from '../../common/standard-webhooks.js';
import { Environment } from '../../config/environment.js';
import { type FakeCharge, FakeCompany, type FakeEvent, type FakeOperation, type FakeStatus } from './fake-company.js';
import {
  type CaptureRequest,
  type ChargeRequest,
  ForgedWebhookError,
  type OperationKind,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderEvent,
  type ProviderOutcome,
  ProviderUnreachableError,
  type ProviderWebhooks,
  type RefundRequest,
  WEBHOOK_TOLERANCE_SECONDS,
} from './payment-provider.js';

/** What a token makes of a charge; any other token is refused as unknown. */
const TOKENS: Readonly<Record<string, { status: FakeStatus; answers: boolean }>> = {
  tok_success: { status: 'captured', answers: true },
  tok_decline: { status: 'failed', answers: true },
  tok_action: { status: 'requires_action', answers: true },
  tok_processing: { status: 'processing', answers: true },
  tok_timeout: { status: 'captured', answers: false },
};

/** What a test makes go wrong, or wait. */
export interface FakeFaults {
  /** Runs before a charge is recorded; raise `ProviderUnreachableError` for a request that never arrives. */
  beforeCharge?: () => Promise<void> | void;
  /** Runs after a charge is recorded and before its answer. */
  afterCharge?: () => Promise<void> | void;
  beforeRetrieve?: () => Promise<void> | void;
  beforeRefund?: () => Promise<void> | void;
  afterRefund?: () => Promise<void> | void;
  /** Run before and after a capture or a void is recorded. */
  beforeOperation?: (kind: OperationKind) => Promise<void> | void;
  afterOperation?: (kind: OperationKind) => Promise<void> | void;
  /** Everything is done, and answered so much later. */
  delayMs?: number;
  /** Everything is done, and nothing answered. */
  isSilent?: boolean;
  /** Refunds are refused for good. */
  refusesRefunds?: boolean;
  /** Captures and voids are refused for good. */
  refusesOperations?: boolean;
}

const FAILURE_CODES: Readonly<Partial<Record<FakeStatus, string>>> = {
  failed: 'card_declined',
  refused: 'action_refused',
  abandoned: 'not_received',
  token_unknown: 'token_unknown',
};
const REFUSED: OperationOutcome = { status: 'failed', reference: null, failureCode: 'refused' };

/**
 * A payment company for development and tests: `tok_success` pays, `tok_decline` is declined, `tok_action` asks the shopper to confirm on a
 * page, `tok_processing` pays when the company says so, `tok_timeout` pays without ever answering.
 */
@Injectable()
export class FakePaymentProvider extends PaymentProvider implements OnApplicationShutdown {
  override readonly isBookedByHand = false;
  override readonly settlesWithinSeconds = 3600;
  override readonly holdsForSeconds = 7 * 86_400;
  override readonly capturesInParts = true;
  override readonly webhooks: ProviderWebhooks = {
    verify: ({ body, headers, receivedAt }) => {
      const reason = distrustOf(this.company.secret, headers, body, receivedAt, WEBHOOK_TOLERANCE_SECONDS);
      if (reason !== null) throw new ForgedWebhookError(reason);
    },
    read: (body) => eventOf(body, this.company),
  };
  readonly faults: FakeFaults = {};
  readonly company: FakeCompany;

  constructor(private readonly environment: Environment) {
    super();
    this.company = new FakeCompany(environment);
  }

  /** Whoever can name a token pays nothing here, so production must not know it. */
  override get isOffered(): boolean {
    return !this.environment.isProduction;
  }

  override async charge(
    { key, amount, token = '', capture }: ChargeRequest,
    signal: AbortSignal,
  ): Promise<ProviderOutcome> {
    await this.faults.beforeCharge?.();
    const plan = Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined;
    const status = plan?.status ?? 'token_unknown';
    const charge = await this.company.charge(key, status, amount.amount, amount.currency, capture === 'later');
    await this.faults.afterCharge?.();
    if (plan?.answers === false) await silence(signal);
    return this.answer(outcomeOf(charge, this.company), signal);
  }

  override async retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null> {
    await this.faults.beforeRetrieve?.();
    const charge = await this.company.find(key);
    return this.answer(charge && outcomeOf(charge, this.company), signal);
  }

  override async abandon(key: string, signal: AbortSignal): Promise<ProviderOutcome> {
    const charge = await this.company.charge(key, 'abandoned', 0, 'XXX', false);
    const isWaiting = charge.status === 'requires_action';
    const now = isWaiting ? await this.company.decide(charge.reference, 'expired', this.company.tellsAll) : charge;
    return this.answer(outcomeOf(now ?? charge, this.company), signal);
  }

  override capture(
    { key, chargeReference, amount, isFinal }: CaptureRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    return this.operate('capture', signal, () =>
      this.company.operate('capture', key, chargeReference, amount.amount, isFinal),
    );
  }

  override void({ key, chargeReference }: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('void', signal, () => this.company.operate('void', key, chargeReference, 0));
  }

  override async refund(
    { key, chargeReference, amount }: RefundRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    await this.faults.beforeRefund?.();
    if (this.faults.refusesRefunds) return REFUSED;
    const operation = await this.company.operate('refund', key, chargeReference, amount.amount);
    await this.faults.afterRefund?.();
    return this.answer(answerOf(operation), signal);
  }

  override async retrieveOperation(
    _kind: OperationKind,
    { key }: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null> {
    await this.faults.beforeRetrieve?.();
    const operation = await this.company.findOperation(key);
    return this.answer(operation && answerOf(operation), signal);
  }

  onApplicationShutdown(): Promise<void> {
    return this.company.close();
  }

  private async operate(
    kind: OperationKind,
    signal: AbortSignal,
    work: () => Promise<FakeOperation>,
  ): Promise<OperationOutcome> {
    await this.faults.beforeOperation?.(kind);
    if (this.faults.refusesOperations) return REFUSED;
    const operation = await work();
    await this.faults.afterOperation?.(kind);
    return this.answer(answerOf(operation), signal);
  }

  private async answer<Answer>(answer: Answer, signal: AbortSignal): Promise<Answer> {
    const { isSilent, delayMs = 0 } = this.faults;
    if (delayMs > 0) await delay(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (isSilent || signal.aborted) await silence(signal);
    return answer;
  }
}

/** Says nothing until the caller gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  await delay(3_600_000, undefined, { signal, ref: false }).catch(() => undefined);
  throw new ProviderUnreachableError('fake', 'no answer');
}

function outcomeOf(charge: FakeCharge, company: FakeCompany): ProviderOutcome {
  const { status, reference, authorisedAmount, capturedAmount, version } = charge;
  const failureCode = FAILURE_CODES[status] ?? null;
  return {
    status: failureCode === null ? (status as ProviderOutcome['status']) : 'failed',
    reference,
    failureCode,
    authorisedAmount,
    capturedAmount,
    version,
    ...(status === 'requires_action' ? { nextAction: company.actionOf(charge) } : {}),
  };
}

function answerOf({ status, reference }: FakeOperation): OperationOutcome {
  return { status, reference, failureCode: status === 'failed' ? 'not_possible' : null };
}

/** @throws ForgedWebhookError */
function eventOf(body: Buffer, company: FakeCompany): ProviderEvent {
  let event: FakeEvent;
  try {
    event = JSON.parse(body.toString('utf8')) as FakeEvent;
  } catch {
    throw new ForgedWebhookError('the body is not JSON');
  }
  if (typeof event?.id !== 'string') throw new ForgedWebhookError('the body is no event');
  const { id, created, operation, charge } = event;
  const news = operation
    ? { kind: operation.kind, key: operation.key, outcome: answerOf(operation) }
    : charge
      ? { kind: 'charge' as const, key: charge.key, outcome: outcomeOf(charge, company) }
      : null;
  return { id, occurredAt: new Date(created), news };
}
