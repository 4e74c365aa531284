import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Identity } from './entities/identity.entity.js';
import { IdentityTakenError } from './oidc.errors.js';

const MEANINGS = {
  identities_issuer_subject_key: () => new IdentityTakenError(),
  identities_user_id_provider_key: () => new IdentityTakenError(),
};

/** Every query of identities. */
@Injectable()
export class IdentitiesRepository {
  constructor(
    @InjectRepository(Identity) private readonly identities: Repository<Identity>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** @throws IdentityTakenError when it is linked, or its user has one of that provider, also when that happens at the same moment. */
  async insert(identity: Omit<Identity, 'createdAt' | 'lastUsedAt'>, isUsed: boolean): Promise<void> {
    const lastUsedAt = isUsed ? () => 'now()' : null;
    await onViolation(this.identities.insert({ ...identity, lastUsedAt }), MEANINGS);
  }

  /** Notes, in the statement that finds it, that somebody has proven to be the subject. @returns its user; null when it is nobody's. */
  async use(issuer: string, subject: string, email: string | null): Promise<string | null> {
    const [row] = await this.transactions.query<{ userId: string }>(
      `UPDATE identities SET last_used_at = now(), email = $3 WHERE issuer = $1 AND subject = $2 RETURNING user_id AS "userId"`,
      [issuer, subject, email],
    );
    return row?.userId ?? null;
  }

  /** All of a user's, oldest first; one per provider at most. */
  listOf(userId: string): Promise<Identity[]> {
    return this.identities.find({ where: { userId }, order: { id: 'ASC' } });
  }

  findOf(userId: string, id: string): Promise<Identity | null> {
    return this.identities.findOneBy({ userId, id });
  }

  /**
   * True when the user can sign in without this identity: with a password, a passkey, or another provider that is still there. One
   * statement over three tables, so that all are seen at the same moment.
   */
  async isDispensable(userId: string, id: string, providers: readonly string[]): Promise<boolean> {
    const [row] = await this.transactions.query<{ isDispensable: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM users WHERE id = $1 AND password_hash IS NOT NULL)
         OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)
         OR EXISTS (SELECT 1 FROM identities WHERE user_id = $1 AND id <> $2 AND provider = ANY ($3::text[])) AS "isDispensable"`,
      [userId, id, providers],
    );
    return row!.isDispensable;
  }

  async delete(userId: string, id: string): Promise<void> {
    await this.identities.delete({ userId, id });
  }

  async deleteAllOf(userId: string): Promise<void> {
    await this.identities.delete({ userId });
  }
}
