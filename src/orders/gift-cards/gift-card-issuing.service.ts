import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Money } from '../../common/money/money.js';
import { Secrets } from '../../common/secrets.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { MAX_CREDIT } from './credit.dto.js';
import { CreditLedger } from './credit-ledger.service.js';
import { CreditRepository } from './credit.repository.js';
import { CreditAccount } from './entities/credit-account.entity.js';
import { hashOfCode, newGiftCardCode } from './gift-card-code.js';
import { CreditAmountError } from './gift-cards.errors.js';

/** A card that is to be issued. */
export interface NewGiftCard {
  readonly amount: Money;
  /** Instant of ISO 8601; null for never. */
  readonly expiresAt?: string | null;
  readonly recipientEmail?: string;
  readonly language?: string;
  readonly customerId?: string;
  readonly note?: string | null;
}

/** The dedupe key of the mail that brings a code. */
export const cardMailKey = (cardId: string): string => `gift_card.issued:${cardId}`;

/** Issuing gift cards. */
@Injectable()
export class GiftCardIssuing {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credit: CreditRepository,
    private readonly ledger: CreditLedger,
    private readonly secrets: Secrets,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Issues a card, and mails its code where a recipient is named. The code is in the answer and in the mail, and nowhere else.
   *
   * @throws CreditAmountError for nothing, or too much; CreditCustomerUnknownError; InvalidRequestError for an end that has passed.
   */
  issue(input: NewGiftCard): Promise<{ card: CreditAccount; code: string }> {
    const { amount, currency } = input.amount;
    if (amount < 1 || amount > MAX_CREDIT)
      throw new CreditAmountError('A card is issued with at least one minor unit.');
    const code = newGiftCardCode();
    return this.transactions.run(async () => {
      const now = new Date();
      const card = Object.assign(new CreditAccount(), {
        id: newId(),
        kind: 'gift_card' as const,
        currency,
        balanceAmount: amount,
        initialAmount: amount,
        customerId: input.customerId ?? null,
        codeHash: hashOfCode(this.secrets, code),
        lastFour: code.slice(-4),
        recipientEmail: input.recipientEmail ?? null,
        note: input.note ?? null,
        expiresAt: endOf(input.expiresAt, now),
        disabledAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      });
      await this.credit.insertAccount(card);
      await this.ledger.enter(card, 'issue', amount);
      const until = card.expiresAt?.toISOString() ?? null;
      await this.audit.record({
        action: 'gift_card.issued',
        target: { type: 'gift_card', id: card.id },
        after: { amount, currency, expiresAt: until },
      });
      if (card.recipientEmail !== null) {
        await this.mail.enqueue({
          dedupeKey: cardMailKey(card.id),
          template: 'gift-card',
          to: card.recipientEmail,
          locale: input.language ?? null,
          data: { code, amount: input.amount, until },
        });
      }
      return { card, code };
    });
  }
}

/** @throws InvalidRequestError for an instant that has passed: a card is ended by disabling it. */
export function endOf(expiresAt: string | null | undefined, now: Date): Date | null {
  if (expiresAt == null) return null;
  const end = new Date(expiresAt);
  if (end <= now) throw InvalidRequestError.of('/expiresAt', 'future', 'must be in the future');
  return end;
}
