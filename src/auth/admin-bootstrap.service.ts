import { Injectable, Logger } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { UserDetails } from '../users/users.repository.js';
import { UsersService } from '../users/users.service.js';
import { PasswordPolicy } from './password-policy.js';
import { Passwords } from './passwords.js';

export const ADMIN_ROLE = 'admin';

/** The first admin cannot be made from what the settings say. */
export class AdminBootstrapError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AdminBootstrapError';
  }
}

/** Makes administrators outside the API: the first one at start, further ones from the command line. */
@Injectable()
export class AdminBootstrap {
  private readonly logger = new Logger(AdminBootstrap.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly policy: PasswordPolicy,
    private readonly environment: Environment,
  ) {}

  /**
   * Makes the admin that `ADMIN_EMAIL` and `ADMIN_PASSWORD` name when nobody holds the role; processes that start together make one.
   *
   * @returns true when this call made the admin.
   * @throws AdminBootstrapError when the password is too weak or the address belongs to a customer, who is not promoted silently.
   */
  async ensureAdmin(): Promise<boolean> {
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = this.environment;
    if (await this.users.isRoleHeld(ADMIN_ROLE)) return false;
    if (email === undefined || password === undefined) {
      this.logger.warn('There is no admin; set ADMIN_EMAIL and ADMIN_PASSWORD, or run npm run admin:create');
      return false;
    }
    return (await this.create(email, password, { onlyIfNone: true })) !== null;
  }

  /**
   * Makes an admin.
   *
   * @param options `onlyIfNone`: does nothing and returns null when somebody holds the role already.
   * @throws AdminBootstrapError when the password is too weak or the address has an account.
   */
  async create(email: string, password: string, options: { onlyIfNone?: boolean } = {}): Promise<UserDetails | null> {
    if (!isEmail(email)) throw new AdminBootstrapError(`"${email}" is not an e-mail address.`);
    const objection = await this.policy.objectionTo(password, { email });
    if (objection) throw new AdminBootstrapError(`The admin's password ${objection.message}.`);
    const passwordHash = await this.passwords.hash(password);
    const admin = await this.transactions.run(async () => {
      await this.users.lockRoleHolders(ADMIN_ROLE);
      if (options.onlyIfNone && (await this.users.isRoleHeld(ADMIN_ROLE))) return null;
      if (await this.users.findCredentials(email)) {
        throw new AdminBootstrapError(
          `${email} already has an account, which is not turned into an admin's; choose another address for the admin.`,
        );
      }
      return this.users.create({ email, passwordHash, roles: [ADMIN_ROLE], emailVerifiedAt: new Date() });
    });
    if (admin) this.logger.log({ msg: 'Admin created', event: 'auth.admin_created', userId: admin.id });
    return admin;
  }
}
