import { Injectable } from '@nestjs/common';
import { Secrets } from '../../common/secrets.js';
import { isDatabaseUnavailable, isLockTimeout } from '../../database/postgres-errors.js';
import {
  type CaptureRequest,
  type ChargeRequest,
  type KnownCharge,
  type OperationKind,
  type OperationOutcome,
  type OperationRequest,
  PaymentProvider,
  type ProviderOutcome,
  ProviderUnreachableError,
  type RefundRequest,
} from '../payments/payment-provider.js';
import { CreditLedger } from './credit-ledger.service.js';
import type { CreditHolder } from './credit.repository.js';
import type { CreditKind } from './entities/credit-account.entity.js';
import type { CreditCharge, CreditOperation, CreditRefusal } from './entities/credit-charge.entity.js';
import { hashOfCode } from './gift-card-code.js';

/** What gift cards and store credit have in common as means of payment: the company is our own ledger, in the database of the shop. */
@Injectable()
abstract class CreditProvider extends PaymentProvider {
  override readonly isOffered = true;
  override readonly isBookedByHand = false;
  override readonly settlesWithinSeconds = 60;
  override readonly holdsForSeconds = null;
  override readonly capturesInParts = true;
  override readonly webhooks = null;
  protected abstract readonly kind: CreditKind;

  constructor(
    protected readonly ledger: CreditLedger,
    protected readonly secrets: Secrets,
  ) {
    super();
  }

  /** Whose money a charge is to take; or why there is none. */
  protected abstract holderOf(request: ChargeRequest): CreditHolder | CreditRefusal;

  /** Takes what there is, also where that is less than asked for: the rest is paid in another way. */
  override charge(request: ChargeRequest, signal: AbortSignal): Promise<ProviderOutcome> {
    return this.ask(signal, async () =>
      outcomeOf(await this.ledger.charge(this.kind, request, this.holderOf(request))),
    );
  }

  override retrieve(key: string, signal: AbortSignal): Promise<ProviderOutcome | null> {
    return this.ask(signal, async () => {
      const charge = await this.ledger.findCharge(this.kind, key);
      return charge && outcomeOf(charge);
    });
  }

  override abandon(key: string, signal: AbortSignal, { amount }: KnownCharge): Promise<ProviderOutcome> {
    return this.ask(signal, async () => outcomeOf(await this.ledger.charge(this.kind, { key, amount }, 'given_up')));
  }

  override capture(request: CaptureRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('capture', { ...request, amount: request.amount.amount }, signal);
  }

  override void(request: OperationRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('void', request, signal);
  }

  override refund(request: RefundRequest, signal: AbortSignal): Promise<OperationOutcome> {
    return this.operate('refund', { ...request, amount: request.amount.amount }, signal);
  }

  override retrieveOperation(
    _kind: OperationKind,
    { key }: OperationRequest,
    signal: AbortSignal,
  ): Promise<OperationOutcome | null> {
    return this.ask(signal, async () => {
      const operation = await this.ledger.findOperation(key);
      return operation && answerOf(operation);
    });
  }

  private operate(
    what: OperationKind,
    asked: Parameters<CreditLedger['operate']>[2],
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    return this.ask(signal, async () => answerOf(await this.ledger.operate(this.kind, what, asked)));
  }

  /** Without the database there is no answer, as with any other company; what was asked for may be done nevertheless. */
  protected async ask<Answer>(signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> {
    let giveUp = (): void => undefined;
    const tooLate = new Promise<never>((_, reject) => {
      giveUp = () => reject(new ProviderUnreachableError(this.kind, 'no answer in time'));
      signal.addEventListener('abort', giveUp);
    });
    try {
      return await Promise.race([work(), tooLate]);
    } catch (error) {
      if (isDatabaseUnavailable(error) || isLockTimeout(error))
        throw new ProviderUnreachableError(this.kind, String(error));
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

/** Gift cards: the means of payment is the code. */
@Injectable()
export class GiftCardPaymentProvider extends CreditProvider {
  protected override readonly kind = 'gift_card';

  protected override holderOf({ token = '' }: ChargeRequest): CreditHolder | CreditRefusal {
    const codeHash = hashOfCode(this.secrets, token);
    return codeHash ? { codeHash } : 'code_mistyped';
  }
}

/** Store credit: the means of payment is to be the customer. */
@Injectable()
export class StoreCreditPaymentProvider extends CreditProvider {
  override readonly isOfCustomer = true;
  protected override readonly kind = 'store_credit';

  protected override holderOf({ customerId }: ChargeRequest): CreditHolder | CreditRefusal {
    return customerId === undefined ? 'no_credit' : { customerId };
  }

  /** Gives back what it took, or puts onto the account of a customer what another provider did. */
  override refund(request: RefundRequest, signal: AbortSignal): Promise<OperationOutcome> {
    const { key, customerId, amount } = request;
    if (customerId === undefined) return super.refund(request, signal);
    return this.ask(signal, async () => answerOf(await this.ledger.credited(key, customerId, amount)));
  }
}

function outcomeOf({
  status,
  reference,
  failureCode,
  authorisedAmount,
  capturedAmount,
  version,
}: CreditCharge): ProviderOutcome {
  return { status, reference, failureCode, authorisedAmount, capturedAmount, version };
}

function answerOf({ status, reference }: CreditOperation): OperationOutcome {
  return { status, reference, failureCode: status === 'failed' ? 'not_possible' : null };
}
