import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { type UserChange, UserChangedEvent } from '../events/user-changed.event.js';
import { CredentialsRepository } from './credentials.repository.js';

/** What an account is found and opened with: its address and its password. Each change is announced. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credentials: CredentialsRepository,
    private readonly outbox: Outbox,
  ) {}

  /** The hash of an active user's password; null when there is none. */
  findPasswordHash(userId: string): Promise<string | null> {
    return this.credentials.findPasswordHash(userId);
  }

  /**
   * Stores the hash of a new password, or takes the password away (null).
   *
   * @param oldHash The hash that the change was decided on; undefined where a proof other than the old password was given.
   * @returns false when the account is not active, or has another password by now; nothing is changed.
   */
  replacePassword(userId: string, newHash: string | null, oldHash?: string): Promise<boolean> {
    return this.announce('user.password_changed', userId, () =>
      this.credentials.replacePassword(userId, newHash, oldHash),
    );
  }

  /** Notes that the address is proven. @returns false when it was before, or is no longer the account's. */
  verifyEmail(userId: string, emailCanonical: string): Promise<boolean> {
    return this.announce('user.email_verified', userId, () => this.credentials.verifyEmail(userId, emailCanonical));
  }

  /**
   * Gives an account another, proven address.
   *
   * @returns false when the account is not active, or has another address by now.
   * @throws UserEmailTakenError when the address has an account.
   */
  changeEmail(
    userId: string,
    change: { oldCanonical: string; newEmail: string; newCanonical: string },
  ): Promise<boolean> {
    return this.announce('user.email_changed', userId, () => this.credentials.changeEmail(userId, change));
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
