import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { PasskeyRejectedError } from './passkeys.errors.js';

/** How many passkeys a user may have. */
export const MOST_PASSKEYS = 20;

/** A passkey as its owner may see it. */
export interface PasskeyDetails {
  id: string;
  name: string;
  transports: string[];
  isBackedUp: boolean;
  createdAt: Date;
  lastUsedAt: Date | null;
}

/** What an assertion is checked against. */
export interface PasskeyKey {
  id: string;
  userId: string;
  publicKey: Buffer;
  signCount: number;
}

/** How a client is told of a passkey that it may have. */
export interface PasskeyDescriptor {
  credentialId: Buffer;
  transports: string[];
}

const COLUMNS = `p.id, p.name, p.transports, p.is_backed_up AS "isBackedUp", p.created_at AS "createdAt",
  p.last_used_at AS "lastUsedAt"`;

/** Every query of passkeys. */
@Injectable()
export class PasskeysRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(id: string, userId: string): Promise<PasskeyDetails | null> {
    const [passkey] = await this.transactions.query<PasskeyDetails>(
      `SELECT ${COLUMNS} FROM passkeys p WHERE p.id = $1 AND p.user_id = $2`,
      [id, userId],
    );
    return passkey ?? null;
  }

  /** The newest first; ids are in the order of creation. */
  list(userId: string, page: { before: string | null; limit: number }): Promise<PasskeyDetails[]> {
    return this.transactions.query(
      `SELECT ${COLUMNS} FROM passkeys p WHERE p.user_id = $1 AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3`,
      [userId, page.before, page.limit],
    );
  }

  async count(userId: string): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM passkeys WHERE user_id = $1`,
      [userId],
    );
    return row!.total;
  }

  descriptorsOf(userId: string): Promise<PasskeyDescriptor[]> {
    return this.transactions.query(
      `SELECT credential_id AS "credentialId", transports FROM passkeys WHERE user_id = $1 ORDER BY id`,
      [userId],
    );
  }

  async findKey(credentialId: Buffer): Promise<PasskeyKey | null> {
    const [passkey] = await this.transactions.query<Omit<PasskeyKey, 'signCount'> & { signCount: string }>(
      `SELECT id, user_id AS "userId", public_key AS "publicKey", sign_count AS "signCount" FROM passkeys WHERE credential_id = $1`,
      [credentialId],
    );
    return passkey ? { ...passkey, signCount: Number(passkey.signCount) } : null;
  }

  /** @throws PasskeyRejectedError when the credential is somebody's already. */
  async insert(
    passkey: PasskeyKey & PasskeyDescriptor & Pick<PasskeyDetails, 'name' | 'isBackedUp'>,
  ): Promise<PasskeyDetails> {
    try {
      const [inserted] = await this.transactions.query<PasskeyDetails>(
        `INSERT INTO passkeys AS p (id, user_id, name, credential_id, public_key, sign_count, transports, is_backed_up)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
        [
          passkey.id,
          passkey.userId,
          passkey.name,
          passkey.credentialId,
          passkey.publicKey,
          passkey.signCount,
          passkey.transports,
          passkey.isBackedUp,
        ],
      );
      return inserted!;
    } catch (error) {
      if (violatedConstraint(error) === 'passkeys_credential_id_key') throw new PasskeyRejectedError();
      throw error;
    }
  }

  /**
   * Notes a use. An authenticator that counts must count on (WebAuthn section 7.2, step 22); of simultaneous uses with the same count one
   * gets through.
   *
   * @returns false when the count has not risen.
   */
  async noteUse(id: string, use: { signCount: number; isBackedUp: boolean }): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE passkeys SET sign_count = $2, is_backed_up = $3, last_used_at = now()
       WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2::bigint = 0))`,
      [id, use.signCount, use.isBackedUp],
    );
    return changed === 1;
  }

  /** @returns false when the user has no such passkey. */
  async delete(id: string, userId: string): Promise<boolean> {
    const deleted = await this.transactions.execute(`DELETE FROM passkeys WHERE id = $1 AND user_id = $2`, [
      id,
      userId,
    ]);
    return deleted === 1;
  }

  async deleteAllOf(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM passkeys WHERE user_id = $1`, [userId]);
  }
}
