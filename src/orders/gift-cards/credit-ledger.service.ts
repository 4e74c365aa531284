import { Injectable } from '@nestjs/common';
import { isUuid, newId } from '../../common/ids.js';
import type { Money } from '../../common/money/money.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { CaptureMode, OperationKind } from '../payments/payment-provider.js';
import { CreditEvent } from './credit.event.js';
import { type CreditHolder, CreditRepository } from './credit.repository.js';
import { type CreditAccount, type CreditKind, DAYS_AFTER_REFUND } from './entities/credit-account.entity.js';
import { CreditCharge, CreditOperation, type CreditRefusal } from './entities/credit-charge.entity.js';
import { CreditEntry, type CreditEntryKind } from './entities/credit-entry.entity.js';

const DAY_MS = 86_400_000;

const TOLD = {
  issue: 'issued',
  redeem: 'redeemed',
  release: 'released',
  refund: 'refunded',
  adjust: 'adjusted',
  expire: 'expired',
} as const;

/** What moves a balance. */
export type EntryCause = Partial<Pick<CreditEntry, 'chargeKey' | 'operationKey' | 'reason'>>;

/** What is to be done to a charge; `amount` in minor units is not needed for a void. */
export interface CreditAsked {
  readonly key: string;
  readonly chargeReference: string | null;
  readonly amount?: number;
  readonly isFinal?: boolean;
}

/**
 * The books of gift cards and store credit. To payments it is one more company that moves money: every call is a transaction of its own,
 * outside those of orders, and is safe to repeat by its key. See docs/decisions/0033-gift-cards.md.
 */
@Injectable()
export class CreditLedger {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credit: CreditRepository,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Takes what an account has of `amount`, all of it at most; the first call with a key decides. What is held for later is taken from the
   * balance at once, so nobody else can spend it.
   *
   * @param holder Whose money; or why there is none.
   */
  charge(
    kind: CreditKind,
    { key, amount: { amount, currency }, capture }: { key: string; amount: Money; capture?: CaptureMode },
    holder: CreditHolder | CreditRefusal,
  ): Promise<CreditCharge> {
    return this.transactions.run(async () => {
      const known = await this.credit.findCharge(kind, key);
      if (known) return known;
      const account = typeof holder === 'string' ? null : await this.credit.lockHeld(holder, currency);
      const refusal = typeof holder === 'string' ? holder : refusalOf(kind, account, currency, new Date());
      const taken = refusal === null ? Math.min(amount, account!.balanceAmount) : 0;
      const charge = Object.assign(new CreditCharge(), {
        kind,
        key,
        reference: newId(),
        accountId: refusal === null ? account!.id : null,
        amount,
        status:
          refusal === null
            ? capture === 'later'
              ? ('authorised' as const)
              : ('captured' as const)
            : ('failed' as const),
        failureCode: refusal,
        authorisedAmount: taken,
        capturedAmount: capture === 'later' ? 0 : taken,
        refundedAmount: 0,
        version: 1,
        createdAt: new Date(),
      });
      if (!(await this.credit.insertCharge(charge))) return (await this.credit.findCharge(kind, key))!;
      if (taken > 0) await this.book(account!, 'redeem', -taken, { chargeKey: key });
      return charge;
    });
  }

  findCharge(kind: CreditKind, key: string): Promise<CreditCharge | null> {
    return this.credit.findCharge(kind, key);
  }

  findOperation(key: string): Promise<CreditOperation | null> {
    return this.credit.findOperation(key);
  }

  /**
   * Captures, gives up or gives back, as far as the charge allows; the first call with a key decides. What comes back is on the card again:
   * also on one that was used up, that staff have disabled (where it stays), or that has expired, which then is valid for 90 days more.
   */
  operate(kind: CreditKind, what: OperationKind, asked: CreditAsked): Promise<CreditOperation> {
    const { key, chargeReference, amount: part = 0, isFinal = false } = asked;
    return this.transactions.run(async () => {
      const isReference = chargeReference !== null && isUuid(chargeReference);
      const charge = isReference ? await this.credit.lockCharge(kind, chargeReference) : null;
      const known = await this.credit.findOperation(key);
      if (known) return known;
      const change = charge && changeOf(charge, what, part, isFinal);
      const operation = Object.assign(new CreditOperation(), {
        key,
        kind: what,
        reference: newId(),
        chargeReference: charge?.reference ?? null,
        amount: part,
        status: change ? ('succeeded' as const) : ('failed' as const),
      });
      if (!(await this.credit.insertOperation(operation))) return (await this.credit.findOperation(key))!;
      if (!charge || !change) return operation;
      const { returned, ...amounts } = change;
      this.credit.saveCharge(Object.assign(charge, amounts, { version: charge.version + 1 }));
      if (returned > 0) {
        const account = await this.credit.lock(charge.accountId!);
        const cause = { chargeKey: charge.key, operationKey: key };
        await this.book(account, what === 'refund' ? 'refund' : 'release', returned, cause);
      }
      return operation;
    });
  }

  /** Puts money of another provider's refund onto the store credit of a customer; once a key. */
  credited(key: string, customerId: string, { amount, currency }: Money): Promise<CreditOperation> {
    return this.transactions.run(async () => {
      const operation = Object.assign(new CreditOperation(), {
        key,
        kind: 'refund' as const,
        reference: newId(),
        chargeReference: null,
        amount,
        status: 'succeeded' as const,
      });
      if (!(await this.credit.insertOperation(operation))) return (await this.credit.findOperation(key))!;
      const account = await this.credit.lockStoreCredit(customerId, currency);
      await this.book(account, 'refund', amount, { operationKey: key });
      return operation;
    });
  }

  /** Books out what expired cards still have. Any number of workers may do so at once. @returns how many cards, up to `limit`. */
  expire(limit: number, now = new Date()): Promise<number> {
    return this.transactions.run(async () => {
      const cards = await this.credit.lockExpired(now, limit);
      for (const card of cards) await this.book(card, 'expire', -card.balanceAmount);
      return cards.length;
    });
  }

  /** Inside a transaction: moves the balance of a locked account by an entry. The table refuses a balance below zero. */
  async book(account: CreditAccount, kind: CreditEntryKind, amount: number, cause?: EntryCause): Promise<void> {
    const now = new Date();
    account.balanceAmount += amount;
    const isReturned = kind === 'refund' || kind === 'release';
    if (isReturned && account.expiresAt !== null && account.expiresAt <= now)
      account.expiresAt = new Date(now.getTime() + DAYS_AFTER_REFUND * DAY_MS);
    account.version += 1;
    account.updatedAt = now;
    this.credit.saveAccount(account);
    await this.enter(account, kind, amount, cause);
  }

  /** Inside a transaction: writes and tells the entry after which the balance of an account is as it says. */
  async enter(account: CreditAccount, kind: CreditEntryKind, amount: number, cause: EntryCause = {}): Promise<void> {
    const entry = Object.assign(new CreditEntry(), {
      id: newId(),
      accountId: account.id,
      kind,
      amount,
      balanceAmount: account.balanceAmount,
      chargeKey: cause.chargeKey ?? null,
      operationKey: cause.operationKey ?? null,
      reason: cause.reason ?? null,
      createdAt: account.updatedAt,
    });
    this.credit.insertEntry(entry);
    await this.outbox.add(new CreditEvent(`${account.kind}.${TOLD[kind]}`, account, { entryId: entry.id }));
  }
}

function refusalOf(kind: CreditKind, account: CreditAccount | null, currency: string, now: Date): CreditRefusal | null {
  if (kind === 'store_credit') return account && account.balanceAmount > 0 ? null : 'no_credit';
  if (!account || account.disabledAt !== null) return 'code_unknown';
  if (account.currency !== currency) return 'wrong_currency';
  const status = account.statusAt(now);
  return status === 'active' ? null : status === 'expired' ? 'card_expired' : 'card_empty';
}

type ChargeChange = Pick<CreditCharge, 'status' | 'authorisedAmount' | 'capturedAmount' | 'refundedAmount'> & {
  /** What goes back onto the account. */
  readonly returned: number;
};

/** What an operation makes of a charge; null when the charge does not allow it. */
function changeOf(charge: CreditCharge, what: OperationKind, part: number, isFinal: boolean): ChargeChange | null {
  const { status, authorisedAmount, capturedAmount, refundedAmount } = charge;
  if (what === 'refund') {
    if (part <= 0 || part > capturedAmount - refundedAmount) return null;
    return { status, authorisedAmount, capturedAmount, refundedAmount: refundedAmount + part, returned: part };
  }
  const held = authorisedAmount - capturedAmount;
  const isHeld = status === 'authorised' || status === 'partially_captured';
  if (!isHeld || (what === 'capture' && (part <= 0 || part > held))) return null;
  const captured = capturedAmount + (what === 'capture' ? part : 0);
  const authorised = what === 'void' || isFinal ? captured : authorisedAmount;
  return {
    status: captured === 0 ? 'voided' : captured === authorised ? 'captured' : 'partially_captured',
    // What a voided charge held is still said of it, as of every other.
    authorisedAmount: captured === 0 ? authorisedAmount : authorised,
    capturedAmount: captured,
    refundedAmount,
    returned: authorisedAmount - authorised,
  };
}
