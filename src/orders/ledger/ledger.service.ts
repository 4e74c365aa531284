import { Injectable } from '@nestjs/common';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrdersRepository } from '../orders.repository.js';
import type { LedgerEntry } from './ledger-entry.entity.js';
import { type AccountSums, LedgerRepository } from './ledger.repository.js';

/** What has been posted. The ledger is kept by the database itself: docs/decisions/0032-ledger.md. */
@Injectable()
export class LedgerService {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly orders: OrdersRepository,
  ) {}

  /** The entries of an order, oldest posting first. @throws OrderNotFoundError */
  async ofOrder(orderId: string): Promise<LedgerEntry[]> {
    const [order] = await this.orders.findAll([orderId]);
    if (!order) throw new OrderNotFoundError();
    return this.ledger.findOf(orderId);
  }

  /** What each account came to in each currency, of what was posted from `from` on and before `to`. */
  balances({ from, to }: { readonly from?: Date; readonly to?: Date }): Promise<AccountSums[]> {
    return this.ledger.sums(from, to);
  }
}
