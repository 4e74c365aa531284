import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { type AdjustCreditDto, MAX_CREDIT } from './credit.dto.js';
import { CreditLedger } from './credit-ledger.service.js';
import { CreditRepository } from './credit.repository.js';
import type { CreditAccount } from './entities/credit-account.entity.js';
import { CreditAmountError, GiftCardNotFoundError, InsufficientCreditError } from './gift-cards.errors.js';

/** Money that staff put onto a balance or take off it. */
@Injectable()
export class CreditAdjustments {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly credit: CreditRepository,
    private readonly ledger: CreditLedger,
    private readonly audit: AuditLog,
  ) {}

  /** @throws GiftCardNotFoundError; InsufficientCreditError for more than is there; CreditAmountError. */
  adjustGiftCard(id: string, asked: AdjustCreditDto): Promise<CreditAccount> {
    return this.transactions.run(async () => {
      const card = (await this.credit.lockGiftCard(id)) ?? raise(new GiftCardNotFoundError());
      return this.adjust(card, asked);
    });
  }

  /**
   * Adjusts the store credit of a customer in the currency of the amount, which is opened with it.
   *
   * @throws UserNotFoundError; InsufficientCreditError for more than is there; CreditAmountError.
   */
  adjustStoreCredit(customerId: string, asked: AdjustCreditDto): Promise<CreditAccount> {
    return this.transactions.run(async () => {
      await this.users.lockActive(customerId);
      return this.adjust(await this.credit.lockStoreCredit(customerId, asked.amount.currency), asked);
    });
  }

  private async adjust(account: CreditAccount, { amount: asked, reason }: AdjustCreditDto): Promise<CreditAccount> {
    const { id, kind, currency, balanceAmount } = account;
    if (asked.currency !== currency) throw new CreditAmountError(`The balance is in ${currency}.`);
    if (asked.amount === 0) throw new CreditAmountError('An adjustment moves the balance.');
    if (balanceAmount + asked.amount < 0) throw new InsufficientCreditError({ amount: balanceAmount, currency });
    if (balanceAmount + asked.amount > MAX_CREDIT) throw new CreditAmountError('The balance would be too large.');
    await this.ledger.book(account, 'adjust', asked.amount, { reason });
    await this.audit.record({
      action: `${kind}.adjusted`,
      target: { type: kind, id },
      before: { balance: balanceAmount, currency },
      after: { balance: account.balanceAmount, currency },
    });
    return account;
  }
}
