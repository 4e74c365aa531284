import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import { UsersService } from '../../users/users.service.js';
import { SessionsService } from '../sessions.service.js';
import { EarlierMeansRepository } from './earlier-means.repository.js';

/**
 * Gives an account to whoever can read its mail.
 *
 * An address that was never proven may have been registered by somebody else, in wait for its owner, with a password, passkeys and a second
 * factor of theirs. When the owner comes by mail, none of that opens the account any more. For an address that is proven nothing changes,
 * so the way by mail does not go round a second factor.
 */
@Injectable()
export class RightfulOwner {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly sessions: SessionsService,
    private readonly means: EarlierMeansRepository,
    private readonly audit: AuditLog,
  ) {}

  /** Inside the transaction in which a token was used that had been sent to the address. */
  async comesByMail(userId: string, emailCanonical: string): Promise<void> {
    const { emailVerifiedAt } = await this.users.get(userId);
    if (emailVerifiedAt !== null) return;
    await this.credentials.verifyEmail(userId, emailCanonical);
    await this.credentials.replacePassword(userId, null);
    await this.means.removeAllOf(userId);
    await this.sessions.endForNewCredentials(userId);
    await this.audit.record({
      action: 'user.email_verified',
      actor: { kind: 'user', id: userId },
      target: { type: 'user', id: userId },
      after: { isRecovered: true },
    });
  }
}
