import { Injectable } from '@nestjs/common';
import { canonicalEmail, erasedEmailOf } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Customer } from '../pricing/purchase.js';
import type { LimitedUse } from './apply-promotions.js';
import { PromotionUsesRepository } from './promotion-uses.repository.js';

/**
 * How often promotions, their codes and their customers are at it (domain.md R1). A use is taken in the transaction that places an order,
 * after its stock, and given back once by the one that cancels or expires it.
 */
@Injectable()
export class PromotionUses {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly uses: PromotionUsesRepository,
  ) {}

  /**
   * Takes all uses of an order in the open transaction, or none of them.
   *
   * @returns null, or the first promotion of which there is no use left.
   */
  async take<Use extends Pick<LimitedUse, 'promotionId' | 'codeId'>>(
    orderId: string,
    customerKey: string,
    uses: readonly Use[],
  ): Promise<Use | null> {
    // What could be taken before one could not be goes back by itself.
    await this.transactions.execute('SAVEPOINT promotion_uses');
    const taken = await this.uses.take(orderId, customerKey, uses);
    const missing = uses.find(({ promotionId }) => !taken.has(promotionId));
    if (missing) await this.transactions.execute('ROLLBACK TO SAVEPOINT promotion_uses');
    return missing ?? null;
  }

  /** Gives back what a locked order has taken; calling it again changes nothing. */
  release(orderId: string): Promise<void> {
    return this.uses.release(orderId);
  }

  /** Takes once more what a locked order has given back. @returns false, and takes nothing, when something of it is used up. */
  async takeAgain(orderId: string): Promise<boolean> {
    const returned = await this.uses.findReturned(orderId);
    const [first] = returned;
    return !first || (await this.take(orderId, first.customerKey, returned)) === null;
  }

  /** The limited promotions that a user has used, oldest first. */
  export(userId: string): Promise<object[]> {
    return this.uses.listOf(userId);
  }

  /** Takes the e-mail address of a person out of what they used as a guest; the counters stay. @param provenEmail Canonical; null when it is not proven. */
  async erase(userId: string, provenEmail: string | null): Promise<void> {
    if (provenEmail !== null) await this.uses.rename(provenEmail, erasedEmailOf(userId));
  }
}

/** By what the uses of a customer are counted. */
export const customerKeyOf = ({ id, email }: Customer): string => id ?? canonicalEmail(email ?? '');
