import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import { UsersService } from '../../users/users.service.js';
import { LoginThrottle } from '../login-throttle.js';
import { NewPasswords } from '../new-passwords.js';
import { Passwords } from '../passwords.js';
import { AccountPasswords } from './account-passwords.service.js';
import { CurrentPasswordWrongError } from './accounts.errors.js';

/** A new password for somebody who is signed in and knows the current one. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly passwords: Passwords,
    private readonly newPasswords: NewPasswords,
    private readonly accountPasswords: AccountPasswords,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * Changes the password and ends the user's other sessions. Of simultaneous changes one succeeds.
   *
   * @throws CurrentPasswordWrongError; PasswordRejectedError; RateLimitedError after too many wrong current passwords.
   */
  async change(caller: AuthenticatedUser, currentPassword: string, newPassword: string): Promise<void> {
    const attempt = await this.throttle.admit(caller.email, caller.id, caller.address);
    const oldHash = await this.credentials.findPasswordHash(caller.id);
    if (!(await this.passwords.verify(oldHash, currentPassword)) || oldHash === null) {
      await this.throttle.refused(attempt);
      throw new CurrentPasswordWrongError();
    }
    await this.throttle.clear(attempt);
    const user = await this.users.get(caller.id);
    const newHash = await this.newPasswords.hash(newPassword, user, '/newPassword');
    const by = { oldHash, keptSessionId: caller.sessionId, address: caller.address };
    if (!(await this.accountPasswords.replace(user, newHash, by))) throw new CurrentPasswordWrongError();
  }
}
