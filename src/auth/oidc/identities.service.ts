import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import type { ProvenIdentity } from './identity-provider.js';
import { type IdentityDetails, IdentitiesRepository } from './identities.repository.js';
import { IdentityProviders } from './identity-providers.js';
import { IdentityNotFoundError, LastSignInMethodError } from './oidc.errors.js';

/** Which providers open a user's account. */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly identities: IdentitiesRepository,
    private readonly providers: IdentityProviders,
    private readonly users: UsersService,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /** A user's identities, oldest first. */
  list(userId: string): Promise<IdentityDetails[]> {
    return this.identities.listOf(userId);
  }

  /** @throws IdentityNotFoundError when the user has no such identity. */
  async get(userId: string, id: string): Promise<IdentityDetails> {
    const identity = await this.identities.findOf(userId, id);
    if (!identity) throw new IdentityNotFoundError();
    return identity;
  }

  /**
   * Lets a proven identity open the account of a user who has proven to be that user; tells them by mail.
   *
   * @throws IdentityTakenError when it opens another account, or the account has one of that provider; UserNotFoundError.
   */
  link(userId: string, { provider, issuer, subject, email }: ProvenIdentity): Promise<IdentityDetails> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const id = newId();
      await this.identities.insert({ id, userId, provider, issuer, subject, email }, false);
      await this.tell('identity-linked', userId, provider);
      await this.record('auth.identity_linked', userId, id, provider);
      return this.get(userId, id);
    });
  }

  /**
   * Takes a way to sign in away; tells the user by mail. Sessions that were begun with it go on.
   *
   * @throws IdentityNotFoundError; LastSignInMethodError when nothing else would open the account.
   */
  unlink(userId: string, id: string): Promise<void> {
    return this.transactions.run(async () => {
      // Two ways to sign in must not be taken away at the same moment, each because of the other.
      await this.users.lockActive(userId);
      const { provider } = await this.get(userId, id);
      const usable = this.providers.all().map(({ name }) => name);
      if (!(await this.identities.isDispensable(userId, id, usable))) throw new LastSignInMethodError();
      await this.identities.delete(userId, id);
      await this.tell('identity-unlinked', userId, provider);
      await this.record('auth.identity_unlinked', userId, id, provider);
    });
  }

  /** For a person who asks what is kept of them. */
  export(userId: string): Promise<IdentityDetails[]> {
    return this.identities.listOf(userId);
  }

  /** For a person who is to be forgotten. */
  erase(userId: string): Promise<void> {
    return this.identities.deleteAllOf(userId);
  }

  private async tell(
    template: 'identity-linked' | 'identity-unlinked',
    userId: string,
    provider: string,
  ): Promise<void> {
    const { email, name, locale } = await this.users.get(userId);
    const data = { provider: this.providers.labelOf(provider) };
    await this.mail.enqueue({ template, to: { name: name ?? '', address: email }, locale, data });
  }

  private async record(action: string, userId: string, id: string, provider: string): Promise<void> {
    const actor = { kind: 'user', id: userId } as const;
    await this.audit.record({ action, actor, target: { type: 'identity', id }, after: { provider } });
  }
}
