import { Injectable } from '@nestjs/common';
import { AuditLog, byOwner } from '../../audit/audit-log.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordPolicy } from '../password-policy.js';
import type { Device } from '../sessions.service.js';
import { type SignIn, SignIns } from '../sign-in/sign-ins.service.js';
import { AccountTokens } from './account-tokens.service.js';
import type { RegisterDto } from './dto/accounts.dto.js';

/** Making an account. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passwords: PasswordPolicy,
    private readonly tokens: AccountTokens,
    private readonly signIns: SignIns,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Makes a customer's account, sends the mail that proves its address, and signs the customer in.
   *
   * The owner of an address that has an account is told that somebody tried.
   *
   * @throws PasswordRejectedError for a password that is too short or easy to guess; UserEmailTakenError.
   */
  async register({ email, password, name = null }: RegisterDto, device: Device): Promise<SignIn> {
    const passwordHash = await this.passwords.hash(password, { email, name });
    try {
      return await this.transactions.run(async () => {
        const user = await this.users.create({ email, name, passwordHash });
        await this.tokens.send('verify_email', user);
        await this.audit.record({ action: 'auth.registered', ...byOwner(user.id) });
        return this.signIns.complete(user.id, ['password'], device);
      });
    } catch (error) {
      if (error instanceof UserEmailTakenError) await this.tokens.tellOfRegistration(email);
      throw error;
    }
  }
}
