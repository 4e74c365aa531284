import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccountMailThrottle } from './account-mail-throttle.js';
import { AccountTokens } from './account-tokens.service.js';

/** Who is told of a registration, and of an attempt at one. */
@Injectable()
export class RegistrationMails {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly tokens: AccountTokens,
    private readonly throttle: AccountMailThrottle,
    private readonly mail: MailService,
  ) {}

  /** Asks a new customer to prove the address. */
  welcome(user: UserDetails): Promise<void> {
    return this.tokens.send('verify_email', user);
  }

  /** Tells the owner of an address that somebody tried to register with it; not more often than mail may be asked for. */
  async tellOwner(email: string): Promise<void> {
    const user = await this.users.findActiveByEmail(email);
    if (!user || !(await this.throttle.isAdmitted(email))) return;
    const to = { name: user.name ?? '', address: user.email };
    await this.transactions.run(() =>
      this.mail.enqueue({ template: 'already-registered', to, locale: user.locale, data: {} }),
    );
  }
}
