import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, RateLimitedError } from '../../common/errors/request.errors.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { attempts, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { Secrets } from '../../common/secrets.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { CreditEvent } from './credit.event.js';
import { type EntryOfOrder, CreditRepository, type GiftCardFilter } from './credit.repository.js';
import type { CreditAccount } from './entities/credit-account.entity.js';
import type { UpdateGiftCardDto } from './gift-card.dto.js';
import { hashOfCode } from './gift-card-code.js';
import { endOf } from './gift-card-issuing.service.js';
import { GiftCardNotFoundError } from './gift-cards.errors.js';

const ENTRIES_SHOWN = 100;

/** Looks at codes, from wherever they come. */
const ALL_LOOKUPS: RateLimitPolicy = { ...attempts('gift-card-balances', 600, 60), per: 'caller' };

export interface CreditWithEntries {
  readonly account: CreditAccount;
  /** The latest, newest first. */
  readonly entries: EntryOfOrder[];
}

/** Gift cards as staff and holders see them, and as staff change them; and the store credit of customers. */
@Injectable()
export class GiftCardsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credit: CreditRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly limiter: RateLimiter,
    private readonly secrets: Secrets,
  ) {}

  /** One page of cards, newest first. */
  list(filter: GiftCardFilter, request: PageRequest): Promise<Page<CreditAccount>> {
    return this.credit.findGiftCards(filter, new Date(), request);
  }

  /** A card and its latest entries. @throws GiftCardNotFoundError */
  async get(id: string): Promise<{ card: CreditAccount; entries: EntryOfOrder[] }> {
    const card = (await this.credit.findGiftCard(id)) ?? raise(new GiftCardNotFoundError());
    return { card, entries: await this.credit.findEntries(id, ENTRIES_SHOWN) };
  }

  /**
   * The card of a code. Whatever is wrong with the code, one statement has looked for it, so that the time tells nothing.
   *
   * @throws GiftCardNotFoundError also for a card that is disabled; RateLimitedError; TemporarilyUnavailableError when nobody can count.
   */
  async lookUp(code: string): Promise<CreditAccount> {
    const { isExceeded, resetSeconds } = await this.limiter.take(ALL_LOOKUPS, 'all');
    if (isExceeded) throw new RateLimitedError(ALL_LOOKUPS.name, resetSeconds);
    const hash = hashOfCode(this.secrets, code) ?? this.secrets.sign('gift-card-code', '');
    const card = await this.credit.findByCode(hash);
    return card?.disabledAt === null ? card : raise(new GiftCardNotFoundError());
  }

  /** The store credit of a user, by currency. */
  async storeCreditOf(customerId: string): Promise<CreditWithEntries[]> {
    const accounts = await this.credit.findStoreCredit(customerId);
    return Promise.all(
      accounts.map(async (account) => ({
        account,
        entries: await this.credit.findEntries(account.id, ENTRIES_SHOWN),
      })),
    );
  }

  /**
   * Changes when a card ends, and what staff say of it. One that has ended and gets a later end can be spent again, but what it had then has
   * been booked out.
   *
   * @throws GiftCardNotFoundError, VersionMismatchError; InvalidRequestError for an end that has passed.
   */
  update(id: string, { expiresAt, note }: UpdateGiftCardDto, expectedVersion?: number): Promise<CreditAccount> {
    return this.change(id, 'changed', expectedVersion, (card, now) => {
      if (expiresAt !== undefined) card.expiresAt = endOf(expiresAt, now);
      if (note !== undefined) card.note = note;
    });
  }

  /** Lets a card not be spent, from the next payment on. @throws GiftCardNotFoundError, VersionMismatchError */
  disable(id: string, expectedVersion?: number): Promise<CreditAccount> {
    return this.change(id, 'disabled', expectedVersion, (card, now) => {
      card.disabledAt ??= now;
    });
  }

  /** Lets it be spent again. @throws GiftCardNotFoundError, VersionMismatchError */
  enable(id: string, expectedVersion?: number): Promise<CreditAccount> {
    return this.change(id, 'enabled', expectedVersion, (card) => {
      card.disabledAt = null;
    });
  }

  private change(
    id: string,
    what: 'changed' | 'disabled' | 'enabled',
    expectedVersion: number | undefined,
    make: (card: CreditAccount, now: Date) => void,
  ): Promise<CreditAccount> {
    return this.transactions.run(async () => {
      const card = (await this.credit.lockGiftCard(id)) ?? raise(new GiftCardNotFoundError());
      assertVersion(card, expectedVersion);
      const before = stateOf(card);
      const { note } = card;
      const now = new Date();
      make(card, now);
      const after = stateOf(card);
      if (JSON.stringify([before, note]) === JSON.stringify([after, card.note])) return card;
      card.version += 1;
      card.updatedAt = now;
      this.credit.saveAccount(card);
      await this.outbox.add(new CreditEvent(`gift_card.${what}`, card));
      await this.audit.record({ action: `gift_card.${what}`, target: { type: 'gift_card', id }, before, after });
      return card;
    });
  }
}

const stateOf = ({ expiresAt, disabledAt }: CreditAccount) => ({
  expiresAt: expiresAt?.toISOString() ?? null,
  isDisabled: disabledAt !== null,
});
