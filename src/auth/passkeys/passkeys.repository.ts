import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Passkey } from './entities/passkey.entity.js';
import { PasskeyRejectedError } from '../auth.errors.js';

/** What an assertion is checked against. */
export type PasskeyKey = Pick<Passkey, 'id' | 'userId' | 'publicKey' | 'signCount'>;
/** How a client is told of a passkey that it may have. */
export type PasskeyDescriptor = Pick<Passkey, 'credentialId' | 'transports'>;

/** Every query of passkeys. */
@Injectable()
export class PasskeysRepository {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  find(id: string, userId: string): Promise<Passkey | null> {
    return this.passkeys.findOneBy({ id, userId });
  }

  /** The newest first; ids are in the order of creation. */
  findPage(userId: string, request: PageRequest): Promise<Page<Passkey>> {
    const query = this.passkeys.createQueryBuilder('p').where({ userId });
    return this.pages.of(query, request, { by: ['p.id'], isDescending: true, context: `passkeys ${userId}` });
  }

  /** All of a user's, the newest first. */
  listOf(userId: string): Promise<Passkey[]> {
    return this.passkeys.find({ where: { userId }, order: { id: 'DESC' } });
  }

  count(userId: string): Promise<number> {
    return this.passkeys.countBy({ userId });
  }

  descriptorsOf(userId: string): Promise<PasskeyDescriptor[]> {
    return this.passkeys.find({ where: { userId }, order: { id: 'ASC' } });
  }

  findKey(credentialId: Buffer): Promise<PasskeyKey | null> {
    return this.passkeys.findOneBy({ credentialId });
  }

  /** @throws PasskeyRejectedError when the credential is somebody's already. */
  async insert(passkey: Omit<Passkey, 'createdAt' | 'lastUsedAt'>): Promise<void> {
    const meanings = { passkeys_credential_id_key: () => new PasskeyRejectedError() };
    await onViolation(this.passkeys.insert(passkey), meanings);
  }

  /**
   * Notes a use. An authenticator that counts must count on (WebAuthn section 7.2, step 22); one conditional statement, so that of
   * simultaneous uses with the same count one gets through.
   *
   * @returns false when the count has not risen.
   */
  noteUse(id: string, use: { signCount: number; isBackedUp: boolean }): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE passkeys SET sign_count = $2, is_backed_up = $3, last_used_at = now()
       WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2::bigint = 0))`,
      [id, use.signCount, use.isBackedUp],
    );
  }

  /** @returns false when the user has no such passkey. */
  async delete(id: string, userId: string): Promise<boolean> {
    return (await this.passkeys.delete({ id, userId })).affected === 1;
  }

  async deleteAllOf(userId: string): Promise<void> {
    await this.passkeys.delete({ userId });
  }
}
