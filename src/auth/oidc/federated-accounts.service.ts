import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import type { ProvenIdentity } from './identity-provider.js';
import { IdentitiesRepository } from './identities.repository.js';
import { IdentityTakenError, LinkRequiredError, OidcEmailUnverifiedError } from './oidc.errors.js';

/** Whose account somebody opens who has proven at a provider who they are. */
@Injectable()
export class FederatedAccounts {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly identities: IdentitiesRepository,
    private readonly users: UsersService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The user of an identity; a newcomer with an address that the provider has verified gets an account.
   *
   * An account with that address is never opened or linked: whoever owns the address at the provider need not be its owner here.
   *
   * @returns the user's id; whether the user may sign in is for `SignIns` to say.
   * @throws LinkRequiredError, OidcEmailUnverifiedError
   */
  async userOf(identity: ProvenIdentity): Promise<string> {
    const known = await this.find(identity);
    if (known !== null) return known;
    if (identity.email === null || !identity.isEmailVerified) throw new OidcEmailUnverifiedError();
    try {
      return await this.register(identity, identity.email);
    } catch (error) {
      if (!(error instanceof UserEmailTakenError) && !(error instanceof IdentityTakenError)) throw error;
      // A twin of this request may have been faster.
      const userId = await this.find(identity);
      if (userId === null) throw new LinkRequiredError();
      return userId;
    }
  }

  private find({ issuer, subject, email }: ProvenIdentity): Promise<string | null> {
    return this.identities.use(issuer, subject, email);
  }

  private register({ provider, issuer, subject, name }: ProvenIdentity, email: string): Promise<string> {
    return this.transactions.run(async () => {
      const { id: userId } = await this.users.create({ email, name, passwordHash: null, emailVerifiedAt: new Date() });
      const id = newId();
      await this.identities.insert({ id, userId, provider, issuer, subject, email }, true);
      const actor = { kind: 'user', id: userId } as const;
      await this.audit.record({
        action: 'auth.registered',
        actor,
        target: { type: 'user', id: userId },
        after: { provider },
      });
      await this.audit.record({
        action: 'auth.identity_linked',
        actor,
        target: { type: 'identity', id },
        after: { provider },
      });
      return userId;
    });
  }
}
