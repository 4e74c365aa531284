import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { SecondFactorChanges } from '../mfa/second-factor-changes.service.js';
import { PasskeyRegistrations, type RegistrationAnswer } from './passkey-registrations.service.js';
import { PasskeyNotFoundError, TooManyPasskeysError } from './passkeys.errors.js';
import { MOST_PASSKEYS, type PasskeyDetails, PasskeysRepository } from './passkeys.repository.js';

/** A passkey that was just added. */
export interface AddedPasskey {
  passkey: PasskeyDetails;
  /** Null when the account had codes before. */
  recoveryCodes: string[] | null;
}

/** The passkeys of an account: adding, listing and removing them. */
@Injectable()
export class PasskeysService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passkeys: PasskeysRepository,
    private readonly registrations: PasskeyRegistrations,
    private readonly changes: SecondFactorChanges,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Adds the passkey that answers registration options of the same user, and ends their other sessions.
   *
   * @throws PasskeyRejectedError, TooManyPasskeysError
   */
  async add(user: AuthenticatedUser, name: string, answer: RegistrationAnswer): Promise<AddedPasskey> {
    const credential = await this.registrations.check(user.id, answer);
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      if ((await this.passkeys.count(user.id)) >= MOST_PASSKEYS) throw new TooManyPasskeysError(MOST_PASSKEYS);
      const passkey = await this.passkeys.insert({ id: newId(), userId: user.id, name: name.trim(), ...credential });
      return { passkey, recoveryCodes: await this.changes.added(user, 'passkey') };
    });
  }

  /** One page of a user's passkeys, newest first. */
  async list(
    userId: string,
    query: { limit: number; cursor?: string; count?: 'exact' },
  ): Promise<Page<PasskeyDetails>> {
    const context = `passkeys ${userId}`;
    const before = query.cursor === undefined ? null : (this.cursors.decode(context, query.cursor)[0] as string);
    const rows = await this.passkeys.list(userId, { before, limit: query.limit + 1 });
    const data = rows.slice(0, query.limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > query.limit && last ? this.cursors.encode(context, [last.id]) : null,
      ...(query.count === 'exact' ? { total: await this.passkeys.count(userId) } : {}),
    };
  }

  /** @throws PasskeyNotFoundError */
  async get(id: string, userId: string): Promise<PasskeyDetails> {
    const passkey = await this.passkeys.find(id, userId);
    if (!passkey) throw new PasskeyNotFoundError();
    return passkey;
  }

  /** Removes a passkey and ends the user's other sessions. @throws PasskeyNotFoundError */
  remove(id: string, user: AuthenticatedUser): Promise<void> {
    return this.transactions.run(async () => {
      await this.users.lockActive(user.id);
      if (!(await this.passkeys.delete(id, user.id))) throw new PasskeyNotFoundError();
      await this.changes.removed(user, 'passkey');
    });
  }
}
