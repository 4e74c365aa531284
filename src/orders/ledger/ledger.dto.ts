import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { MoneyDto } from '../../common/money/money.dto.js';
import { InstantAsDate } from '../../common/validation/instant.js';
import { LEDGER_CAUSES, type LedgerCause, type LedgerEntry } from './ledger-entry.entity.js';
import type { AccountSums } from './ledger.repository.js';

export class LedgerBalancesQueryDto {
  /**
   * Only what was posted at that instant or later; from the beginning unless given.
   * @example "2026-01-01T00:00:00Z"
   */
  @IsOptional()
  @InstantAsDate()
  from?: Date;

  /**
   * Only what was posted before that instant; up to now unless given.
   * @example "2026-02-01T00:00:00Z"
   */
  @IsOptional()
  @InstantAsDate()
  to?: Date;
}

export class LedgerEntryResponseDto {
  /**
   * `receivable` (what customers owe), `sales`, `discounts`, `shipping`, `tax_payable`, `returns`, `gift_cards` and `store_credit` (what the
   * shop owes of them), or `cash:` and a payment provider.
   * @example "receivable"
   */
  account: string;

  /** Null for a credit. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  debit: MoneyDto | null;

  /** Null for a debit. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  credit: MoneyDto | null;
}

/** Entries that belong together: their debits come to as much as their credits. */
export class LedgerPostingResponseDto {
  /**
   * Rises with time.
   * @example 4711
   */
  posting: number;

  /**
   * Why: an order was sold, changed or cancelled, money came, or money went back.
   * @example "order"
   */
  @ApiProperty({ enum: LEDGER_CAUSES })
  cause: LedgerCause;

  /**
   * The order, the payment or the refund.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  sourceId: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  postedAt: Date;

  entries: LedgerEntryResponseDto[];
}

/** All that has been posted for an order, on one page. */
export class OrderLedgerResponseDto {
  /** Oldest first. */
  data: LedgerPostingResponseDto[];

  /**
   * Always null: there is one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** An amount of money that may be below 0. */
export class BalanceDto {
  /**
   * Minor units.
   * @example -1999
   */
  amount: number;

  /** @example "EUR" */
  currency: string;
}

/** What an account comes to in one currency. */
export class AccountBalanceResponseDto {
  /** @example "sales" */
  account: string;

  /** Sum of the debits. */
  debit: MoneyDto;

  /** Sum of the credits. */
  credit: MoneyDto;

  /** Debits less credits; below 0 for what is owed or was earned. */
  balance: BalanceDto;
}

/** One row for each account and currency: amounts of two currencies are never added. */
export class LedgerBalancesResponseDto {
  data: AccountBalanceResponseDto[];

  /**
   * Always null: there is one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** @param entries Those of an order, by posting. */
export function toOrderLedgerResponse(entries: readonly LedgerEntry[]): OrderLedgerResponseDto {
  const data: LedgerPostingResponseDto[] = [];
  for (const { posting, cause, sourceId, postedAt, account, amount, currency } of entries) {
    if (data.at(-1)?.posting !== posting) data.push({ posting, cause, sourceId, postedAt, entries: [] });
    const debit = amount > 0 ? { amount, currency } : null;
    const credit = amount < 0 ? { amount: -amount, currency } : null;
    data.at(-1)!.entries.push({ account, debit, credit });
  }
  return { data, nextCursor: null };
}

export function toBalancesResponse(sums: readonly AccountSums[]): LedgerBalancesResponseDto {
  return {
    data: sums.map(({ account, currency, debit, credit, balance }) => {
      const money = (amount: string): MoneyDto => ({ amount: Number(amount), currency });
      return { account, debit: money(debit), credit: money(credit), balance: money(balance) };
    }),
    nextCursor: null,
  };
}
