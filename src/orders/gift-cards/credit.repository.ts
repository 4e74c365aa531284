import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import type { EntityRows } from '../../database/entity-rows.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CreditAccount, type CreditKind, type GiftCardStatus } from './entities/credit-account.entity.js';
import { CreditCharge, CreditOperation } from './entities/credit-charge.entity.js';
import { CreditEntry } from './entities/credit-entry.entity.js';
import { CreditCustomerUnknownError } from './gift-cards.errors.js';

/** Whose money is to be spent: that of the card with this code, or of this customer. */
export type CreditHolder = { readonly codeHash: Buffer } | { readonly customerId: string };

/** An entry, with the order whose payment it is about. */
export type EntryOfOrder = CreditEntry & { readonly orderId: string | null };

/** What a list of gift cards is narrowed to. */
export interface GiftCardFilter {
  readonly status?: GiftCardStatus;
  readonly lastFour?: string;
  readonly customerId?: string;
}

/** Conditions of `CreditAccount.statusAt`, in the same order. */
const STATUS_CONDITIONS: Readonly<Record<GiftCardStatus, string>> = {
  disabled: 'a.disabledAt IS NOT NULL',
  expired: 'a.disabledAt IS NULL AND a.expiresAt <= :now',
  used: 'a.disabledAt IS NULL AND (a.expiresAt IS NULL OR a.expiresAt > :now) AND a.balanceAmount = 0',
  active: 'a.disabledAt IS NULL AND (a.expiresAt IS NULL OR a.expiresAt > :now) AND a.balanceAmount > 0',
};

/** Every query of gift cards and store credit. Locks in one order: the charge, then the account. */
@Injectable()
export class CreditRepository {
  private readonly accounts: EntityRows<CreditAccount>;
  private readonly entries: EntityRows<CreditEntry>;
  private readonly charges: EntityRows<CreditCharge>;

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {
    this.accounts = transactions.rowsOf(CreditAccount);
    this.entries = transactions.rowsOf(CreditEntry);
    this.charges = transactions.rowsOf(CreditCharge);
  }

  /** Locks the account that is to be spent; null when there is none. Who waits for the lock sees what is left behind it. */
  lockHeld(holder: CreditHolder, currency: string): Promise<CreditAccount | null> {
    return 'codeHash' in holder
      ? this.lockWhere('code_hash = $1', holder.codeHash)
      : this.lockWhere(`kind = 'store_credit' AND customer_id = $1 AND currency = $2`, holder.customerId, currency);
  }

  /** Locks an account that there is. */
  async lock(id: string): Promise<CreditAccount> {
    return (await this.lockWhere('id = $1', id))!;
  }

  lockGiftCard(id: string): Promise<CreditAccount | null> {
    return this.lockWhere(`id = $1 AND kind = 'gift_card'`, id);
  }

  /** Locks the store credit of a customer, which is opened with the first money. */
  async lockStoreCredit(customerId: string, currency: string): Promise<CreditAccount> {
    await this.transactions.execute(
      `INSERT INTO credit_accounts (id, kind, customer_id, currency) VALUES ($1, 'store_credit', $2, $3)
       ON CONFLICT (customer_id, currency) WHERE kind = 'store_credit' DO NOTHING`,
      [newId(), customerId, currency],
    );
    return (await this.lockHeld({ customerId }, currency))!;
  }

  /** Locks up to `limit` cards whose time is over and that still have money; what another worker holds is left to it. */
  async lockExpired(now: Date, limit: number): Promise<CreditAccount[]> {
    const rows = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.accounts.columns('a')} FROM credit_accounts a WHERE a.expires_at <= $1 AND a.balance_amount > 0
       ORDER BY a.expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
      [now, limit],
    );
    return rows.map((row) => this.accounts.read(row));
  }

  /** @throws CreditCustomerUnknownError */
  async insertAccount(account: CreditAccount): Promise<void> {
    await onViolation(this.transactions.execute(...this.accounts.insert(account)), {
      credit_accounts_customer_id_fkey: () => new CreditCustomerUnknownError(),
    });
  }

  /** Saves a locked account. */
  saveAccount(account: CreditAccount): void {
    this.transactions.write(...this.accounts.update(account));
  }

  insertEntry(entry: CreditEntry): void {
    this.transactions.write(...this.entries.insert(entry));
  }

  findCharge(kind: CreditKind, key: string): Promise<CreditCharge | null> {
    return this.transactions.manager.findOneBy(CreditCharge, { kind, key });
  }

  /** Writes a charge. @returns false when there is one with this key, which has committed by then. */
  insertCharge(charge: CreditCharge): Promise<boolean> {
    const [text, values] = this.charges.insert(charge);
    return this.transactions.executeOne(`${text} ON CONFLICT (kind, key) DO NOTHING`, values);
  }

  async lockCharge(kind: CreditKind, reference: string): Promise<CreditCharge | null> {
    const row = await this.transactions.queryOne<Record<string, unknown>>(
      `SELECT ${this.charges.columns('c')} FROM credit_charges c WHERE c.reference = $2 AND c.kind = $1 FOR UPDATE`,
      [kind, reference],
    );
    return row && this.charges.read(row);
  }

  /** Saves a locked charge. */
  saveCharge(charge: CreditCharge): void {
    this.transactions.write(...this.charges.update(charge));
  }

  findOperation(key: string): Promise<CreditOperation | null> {
    return this.transactions.manager.findOneBy(CreditOperation, { key });
  }

  /** Writes an operation. @returns false when there is one with this key, which has committed by then. */
  insertOperation({ key, kind, reference, chargeReference, amount, status }: CreditOperation): Promise<boolean> {
    return this.transactions.executeOne(
      `INSERT INTO credit_operations (key, kind, reference, charge_reference, amount, status) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (key) DO NOTHING`,
      [key, kind, reference, chargeReference, amount, status],
    );
  }

  findGiftCard(id: string): Promise<CreditAccount | null> {
    return this.transactions.manager.findOneBy(CreditAccount, { id, kind: 'gift_card' });
  }

  findByCode(codeHash: Buffer): Promise<CreditAccount | null> {
    return this.transactions.manager.findOneBy(CreditAccount, { codeHash });
  }

  /** One page of gift cards, newest first. */
  findGiftCards(
    { status, lastFour, customerId }: GiftCardFilter,
    now: Date,
    request: PageRequest,
  ): Promise<Page<CreditAccount>> {
    const query = this.transactions.manager.createQueryBuilder(CreditAccount, 'a').where(`a.kind = 'gift_card'`);
    if (status !== undefined) query.andWhere(STATUS_CONDITIONS[status], { now });
    if (lastFour !== undefined) query.andWhere('a.lastFour = :lastFour', { lastFour });
    if (customerId !== undefined) query.andWhere('a.customerId = :customerId', { customerId });
    const context = JSON.stringify(['gift-cards', status, lastFour, customerId]);
    return this.pages.of(query, request, { by: ['a.id'], isDescending: true, context });
  }

  /** The store credit of a customer, by currency. */
  findStoreCredit(customerId: string): Promise<CreditAccount[]> {
    return this.transactions.manager.find(CreditAccount, {
      where: { customerId, kind: 'store_credit' },
      order: { currency: 'ASC' },
    });
  }

  /** The latest entries of an account, newest first. An entry is of an order by the payment that it was charged for, or by its refund. */
  async findEntries(accountId: string, limit: number): Promise<EntryOfOrder[]> {
    const rows = await this.transactions.query<Record<string, unknown> & { orderId: string | null }>(
      `SELECT ${this.entries.columns('e')}, coalesce(p.order_id, r.order_id) AS "orderId"
       FROM credit_entries e JOIN credit_accounts a ON a.id = e.account_id
       LEFT JOIN payments p ON p.provider = a.kind AND p.provider_key = e.charge_key
       LEFT JOIN refunds r ON p.id IS NULL AND r.id::text = e.operation_key
       WHERE e.account_id = $1 ORDER BY e.id DESC LIMIT $2`,
      [accountId, limit],
    );
    return rows.map((row) => Object.assign(this.entries.read(row), { orderId: row.orderId }));
  }

  /** Gift cards that a user was issued, or mailed to an address that is known to be theirs. */
  findCardsOf(userId: string): Promise<CreditAccount[]> {
    return this.transactions.manager
      .createQueryBuilder(CreditAccount, 'a')
      .where(
        `a.kind = 'gift_card' AND (a.customerId = :userId OR lower(a.recipientEmail) =
           (SELECT email_canonical FROM users WHERE id = :userId AND email_verified_at IS NOT NULL))`,
        { userId },
      )
      .orderBy('a.id')
      .getMany();
  }

  /**
   * Takes the person out of their cards and their credit: addresses, and what staff have written about it. The money stays, on the account
   * that nobody is behind any more.
   *
   * @param provenEmail Cards mailed to this address are meant too. @returns the cards whose address is gone.
   */
  async forget(userId: string, provenEmail: string | null): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `WITH unexplained AS (
         UPDATE credit_entries e SET reason = NULL FROM credit_accounts a
         WHERE a.id = e.account_id AND a.customer_id = $1 AND e.reason IS NOT NULL)
       UPDATE credit_accounts SET recipient_email = NULL, note = NULL
       WHERE (customer_id = $1 OR lower(recipient_email) = $2) AND (recipient_email IS NOT NULL OR note IS NOT NULL)
       RETURNING id`,
      [userId, provenEmail],
    );
    return rows.map(({ id }) => id);
  }

  private async lockWhere(condition: string, ...values: unknown[]): Promise<CreditAccount | null> {
    const row = await this.transactions.queryOne<Record<string, unknown>>(
      `SELECT ${this.accounts.columns('a')} FROM credit_accounts a WHERE ${condition} FOR NO KEY UPDATE`,
      values,
    );
    return row && this.accounts.read(row);
  }
}
