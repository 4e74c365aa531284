import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { type UserChange, UserChangedEvent } from '../events/user.event.js';
import { UsersRepository } from '../users.repository.js';

/** What an account is found and opened with: its address and its password. Each change is announced. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersRepository,
    private readonly outbox: Outbox,
  ) {}

  /** The hash of an active user's password; null when there is none. */
  async findPasswordHash(userId: string): Promise<string | null> {
    return (await this.users.findCredentials({ id: userId, status: 'active' }))?.passwordHash ?? null;
  }

  /**
   * Stores the hash of a new password, or takes the password away (null).
   *
   * @param oldHash The hash that the change was decided on; undefined where a proof other than the old password was given.
   * @returns false when the account is not active, or has another password by now; nothing is changed.
   */
  replacePassword(userId: string, newHash: string | null, oldHash?: string): Promise<boolean> {
    const still = {
      id: userId,
      status: 'active' as const,
      ...(oldHash === undefined ? {} : { passwordHash: oldHash }),
    };
    return this.announce('user.password_changed', userId, () => this.users.changeIf(still, { passwordHash: newHash }));
  }

  /** Notes that the address is proven. @returns false when it was before, or is no longer the account's. */
  verifyEmail(userId: string, emailCanonical: string): Promise<boolean> {
    return this.announce('user.email_verified', userId, () => this.users.verifyEmail(userId, emailCanonical));
  }

  /**
   * Gives an account another, proven address.
   *
   * @returns false when the account is not active, or has another address by now.
   * @throws UserEmailTakenError when the address has an account.
   */
  changeEmail(
    userId: string,
    { oldCanonical, newEmail, newCanonical }: { oldCanonical: string; newEmail: string; newCanonical: string },
  ): Promise<boolean> {
    return this.announce('user.email_changed', userId, () =>
      this.users.changeIf(
        { id: userId, emailCanonical: oldCanonical, status: 'active' },
        { email: newEmail, emailCanonical: newCanonical, emailVerifiedAt: () => 'now()' },
      ),
    );
  }

  private announce(type: UserChange, userId: string, change: () => Promise<number | null>): Promise<boolean> {
    return this.transactions.run(async () => {
      const version = await change();
      if (version === null) return false;
      await this.outbox.add(new UserChangedEvent(type, userId, version));
      return true;
    });
  }
}
