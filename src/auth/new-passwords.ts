import { Injectable } from '@nestjs/common';
import { type PasswordOwner, PasswordPolicy } from './password-policy.js';
import { Passwords } from './passwords.js';

/** A password that somebody has chosen, from the rule to the hash; the same way wherever one is chosen. */
@Injectable()
export class NewPasswords {
  constructor(
    private readonly policy: PasswordPolicy,
    private readonly passwords: Passwords,
  ) {}

  /**
   * The hash of an acceptable password. It takes tens of milliseconds: call it before a transaction, not inside one.
   *
   * @param pointer The member that holds the password, as a JSON Pointer; `/password` when absent.
   * @throws PasswordRejectedError with the reason.
   */
  async hash(password: string, owner: PasswordOwner, pointer?: string): Promise<string> {
    await this.policy.check(password, owner, pointer);
    return this.passwords.hash(password);
  }
}
