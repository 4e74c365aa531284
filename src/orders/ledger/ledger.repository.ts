import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { LedgerEntry } from './ledger-entry.entity.js';

/** Sums of minor units, as decimal text. */
export interface AccountSums {
  readonly account: string;
  readonly currency: string;
  readonly debit: string;
  readonly credit: string;
  readonly balance: string;
}

/** Reads the ledger; nothing but triggers of the database writes it. */
@Injectable()
export class LedgerRepository {
  constructor(@InjectRepository(LedgerEntry) private readonly entries: Repository<LedgerEntry>) {}

  /** The entries of an order in the order of their postings; debits first. */
  findOf(orderId: string): Promise<LedgerEntry[]> {
    return this.entries.find({ where: { orderId }, order: { posting: 'ASC', amount: 'DESC', account: 'ASC' } });
  }

  /** Sums by account and currency of what was posted from `from` on and before `to`. */
  sums(from?: Date, to?: Date): Promise<AccountSums[]> {
    const query = this.entries
      .createQueryBuilder('e')
      .select('e.account', 'account')
      .addSelect('e.currency', 'currency')
      .addSelect('coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)', 'debit')
      .addSelect('coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)', 'credit')
      .addSelect('sum(e.amount)', 'balance')
      .groupBy('e.account')
      .addGroupBy('e.currency')
      .orderBy('e.currency')
      .addOrderBy('e.account');
    if (from) query.andWhere('e.postedAt >= :from', { from });
    if (to) query.andWhere('e.postedAt < :to', { to });
    return query.getRawMany<AccountSums>();
  }
}
