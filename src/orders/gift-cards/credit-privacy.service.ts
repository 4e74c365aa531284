import { Injectable } from '@nestjs/common';
import { MailService } from '../../mail/mail.service.js';
import { CreditRepository } from './credit.repository.js';
import type { CreditAccount } from './entities/credit-account.entity.js';
import { cardMailKey } from './gift-card-issuing.service.js';

/** Entries of one account in an export. */
const ENTRIES_EXPORTED = 10_000;

/** What gift cards and store credit know of a person. */
@Injectable()
export class CreditPrivacy {
  constructor(
    private readonly credit: CreditRepository,
    private readonly mail: MailService,
  ) {}

  /** Balances of a user and their entries; amounts in minor units. */
  async *export(userId: string): AsyncIterable<Record<string, unknown>> {
    for (const account of [...(await this.credit.findStoreCredit(userId)), ...(await this.credit.findCardsOf(userId))])
      yield await this.exported(account);
  }

  /**
   * Takes the person out of cards and credit. What they had stays, so that a refund still finds its way and the books add up.
   *
   * @param provenEmail Canonical; cards mailed to it are meant too. Null when they have not proven it.
   */
  async erase(userId: string, provenEmail: string | null): Promise<void> {
    const cards = await this.credit.forget(userId, provenEmail);
    if (cards.length > 0) await this.mail.forgetKeys(cards.map(cardMailKey));
  }

  private async exported(account: CreditAccount): Promise<Record<string, unknown>> {
    const { id, kind, currency, balanceAmount, lastFour, recipientEmail, expiresAt, createdAt } = account;
    const entries = await this.credit.findEntries(id, ENTRIES_EXPORTED);
    return {
      kind,
      currency,
      balance: balanceAmount,
      ...(kind === 'gift_card' ? { lastFour, recipientEmail, expiresAt } : {}),
      createdAt,
      entries: entries.map((entry) => ({
        kind: entry.kind,
        amount: entry.amount,
        orderId: entry.orderId,
        createdAt: entry.createdAt,
      })),
    };
  }
}
