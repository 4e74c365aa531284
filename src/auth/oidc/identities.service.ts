import { Injectable } from '@nestjs/common';
import { type AuditEntry, AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { Identity } from './entities/identity.entity.js';
import { IdentitiesRepository } from './identities.repository.js';
import type { ProvenIdentity } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import {
  IdentityNotFoundError,
  IdentityTakenError,
  LastSignInMethodError,
  LinkRequiredError,
  OidcEmailUnverifiedError,
} from './oidc.errors.js';

/** Which providers open a user's account, and whose account somebody opens who has proven at one of them who they are. */
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
  list(userId: string): Promise<Identity[]> {
    return this.identities.listOf(userId);
  }

  /** @throws IdentityNotFoundError when the user has no such identity. */
  async get(userId: string, id: string): Promise<Identity> {
    return (await this.identities.findOf(userId, id)) ?? raise(new IdentityNotFoundError());
  }

  /**
   * Lets a proven identity open the account of a user who has proven to be that user; tells them by mail.
   *
   * @throws IdentityTakenError when it opens another account, or the account has one of that provider; UserNotFoundError.
   */
  link(userId: string, { provider, issuer, subject, email }: ProvenIdentity): Promise<Identity> {
    return this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const id = newId();
      await this.identities.insert({ id, userId, provider, issuer, subject, email }, false);
      await this.tell('identity-linked', userId, provider);
      await this.audit.record({ action: 'auth.identity_linked', ...byUser(userId, id, provider) });
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
      await this.audit.record({ action: 'auth.identity_unlinked', ...byUser(userId, id, provider) });
    });
  }

  /**
   * The user of an identity; a newcomer with an address that the provider has verified gets an account.
   *
   * An account with that address is never opened or linked: whoever owns the address at the provider need not be its owner here.
   *
   * @returns the user's id; whether the user may sign in is for `SignIns` to say.
   * @throws LinkRequiredError, OidcEmailUnverifiedError
   */
  async userOf(identity: ProvenIdentity): Promise<string> {
    const { issuer, subject, email } = identity;
    const known = await this.identities.use(issuer, subject, email);
    if (known !== null) return known;
    if (email === null || !identity.isEmailVerified) throw new OidcEmailUnverifiedError();
    try {
      return await this.register(identity, email);
    } catch (error) {
      if (!(error instanceof UserEmailTakenError) && !(error instanceof IdentityTakenError)) throw error;
      // A twin of this request may have been faster.
      return (await this.identities.use(issuer, subject, email)) ?? raise(new LinkRequiredError());
    }
  }

  private register({ provider, issuer, subject, name }: ProvenIdentity, email: string): Promise<string> {
    return this.transactions.run(async () => {
      const { id: userId } = await this.users.create({ email, name, passwordHash: null, emailVerifiedAt: new Date() });
      const id = newId();
      await this.identities.insert({ id, userId, provider, issuer, subject, email }, true);
      const facts = byUser(userId, id, provider);
      await this.audit.record({ action: 'auth.registered', ...facts, target: { type: 'user', id: userId } });
      await this.audit.record({ action: 'auth.identity_linked', ...facts });
      return userId;
    });
  }

  private async tell(
    template: 'identity-linked' | 'identity-unlinked',
    userId: string,
    provider: string,
  ): Promise<void> {
    const data = { provider: this.providers.labelOf(provider) };
    await this.mail.enqueue({ template, ...toOwner(await this.users.get(userId)), data });
  }
}

function byUser(userId: string, id: string, provider: string): Omit<AuditEntry, 'action'> {
  return { actor: { kind: 'user', id: userId }, target: { type: 'identity', id }, after: { provider } };
}
