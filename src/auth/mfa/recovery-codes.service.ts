import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { Secrets } from '../../common/secrets.js';
import { canonicalRecoveryCode, newRecoveryCode } from './recovery-code.js';
import { RecoveryCodesRepository } from './recovery-codes.repository.js';

/** How many codes a set has. */
const SET_SIZE = 10;

/** The codes for the day the second factor is lost. Each works once; they are stored as an HMAC and shown only when they are made. */
@Injectable()
export class RecoveryCodes {
  constructor(
    private readonly codes: RecoveryCodesRepository,
    private readonly secrets: Secrets,
  ) {}

  /** Inside a transaction that holds the lock of the user: makes a new set, and the old one worthless. @returns the new codes. */
  async replace(userId: string): Promise<string[]> {
    const codes = Array.from({ length: SET_SIZE }, newRecoveryCode);
    await this.codes.deleteAllOf(userId);
    await this.codes.insert(
      userId,
      codes.map((code) => ({ id: newId(), hash: this.hashOf(userId, code) })),
    );
    return codes;
  }

  /** Uses a code up. @returns false when it is none of the user's, or was used before. */
  use(userId: string, typed: string): Promise<boolean> {
    return this.codes.use(userId, this.hashOf(userId, typed));
  }

  countLeft(userId: string): Promise<number> {
    return this.codes.countLeft(userId);
  }

  /** Forgets the user's codes, used ones too. */
  remove(userId: string): Promise<void> {
    return this.codes.deleteAllOf(userId);
  }

  private hashOf(userId: string, typed: string): Buffer {
    return this.secrets.sign('recovery-code', `${userId} ${canonicalRecoveryCode(typed)}`);
  }
}
