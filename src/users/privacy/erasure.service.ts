import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import type { Actor } from '../../common/security/principal.js';
import { erasedEmailOf } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type DataSubject, PersonalData } from '../personal-data.js';
import { RoleGrants } from '../roles/role-grants.js';
import { AccountRecord } from '../staff/account-record.js';
import { UserNotFoundError } from '../users.errors.js';
import { UsersRepository } from '../users.repository.js';

/** Accounts erased within a day are few; more wait for the next round. */
const SWEPT_AT_ONCE = 200;

/** Takes a person out of the shop, and leaves the books (GDPR article 17; see docs/decisions/0013-erasure.md). */
@Injectable()
export class ErasureService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly accounts: UsersRepository,
    private readonly personalData: PersonalData,
    private readonly grants: RoleGrants,
    private readonly record: AccountRecord,
  ) {}

  /**
   * Erases an account for good: an id without a person is left, and every feature deletes or makes anonymous what it keeps.
   *
   * Orders keep number, lines, amounts, country and region. One that is still to be delivered keeps its delivery address until it is over.
   * An account that has been erased stays as it is.
   *
   * @throws UserNotFoundError, ScopeExceededError, LastAdminError
   */
  erase(userId: string, actor: Actor): Promise<void> {
    return this.transactions.run(async () => {
      const account = (await this.accounts.lockForErasure(userId)) ?? raise(new UserNotFoundError());
      if (account.status === 'erased') return;
      await this.grants.checkUser(userId, actor);
      await this.grants.protectLastAdmin(userId);
      await this.eraseSections(userId, { ...account, isEmailProven: account.emailVerifiedAt !== null });
      // After the mails of the person are gone, and before the address is: this last one is forgotten once it has been sent.
      await this.record.tell(account, 'account-erased');
      await this.accounts.erase(account, erasedEmailOf(userId));
      await this.record.changed('user.erased', account, { status: account.status }, { status: 'erased' });
    });
  }

  /**
   * Erases what was still being written about people while they were erased, such as an order placed in the same second.
   *
   * @returns 0: there is never more to delete at once than it looks at.
   */
  async sweep(limit: number): Promise<number> {
    for (const { id, email } of await this.accounts.findLatelyErased(Math.min(limit, SWEPT_AT_ONCE))) {
      await this.transactions.run(() => this.eraseSections(id, { email, emailCanonical: email, isEmailProven: false }));
    }
    return 0;
  }

  private async eraseSections(userId: string, subject: DataSubject): Promise<void> {
    for (const section of this.personalData.all()) await section.erase(userId, subject);
  }
}
