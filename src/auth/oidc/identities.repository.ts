import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { IdentityTakenError } from './oidc.errors.js';

/** An identity as its owner may see it. */
export interface IdentityDetails {
  id: string;
  provider: string;
  email: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
}

/** A row to insert. */
export interface NewIdentity {
  id: string;
  userId: string;
  provider: string;
  issuer: string;
  subject: string;
  email: string | null;
}

const DETAILS = `id, provider, email, created_at AS "createdAt", last_used_at AS "lastUsedAt"`;

/** Every query of identities. */
@Injectable()
export class IdentitiesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** @throws IdentityTakenError when it is linked, or its user has one of that provider, also when that happens at the same moment. */
  async insert(identity: NewIdentity, isUsed: boolean): Promise<void> {
    const { id, userId, provider, issuer, subject, email } = identity;
    try {
      await this.transactions.execute(
        `INSERT INTO identities (id, user_id, provider, issuer, subject, email, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)`,
        [id, userId, provider, issuer, subject, email, isUsed],
      );
    } catch (error) {
      if (violatedConstraint(error)?.startsWith('identities_')) throw new IdentityTakenError();
      throw error;
    }
  }

  /** Notes that somebody has proven to be the subject. @returns whose identity it is; null when it is nobody's. */
  async use(issuer: string, subject: string, email: string | null): Promise<string | null> {
    const [row] = await this.transactions.query<{ userId: string }>(
      `UPDATE identities SET last_used_at = now(), email = $3 WHERE issuer = $1 AND subject = $2 RETURNING user_id AS "userId"`,
      [issuer, subject, email],
    );
    return row?.userId ?? null;
  }

  /** All of a user's, oldest first; one per provider at most. */
  listOf(userId: string): Promise<IdentityDetails[]> {
    return this.transactions.query(`SELECT ${DETAILS} FROM identities WHERE user_id = $1 ORDER BY id`, [userId]);
  }

  async findOf(userId: string, id: string): Promise<IdentityDetails | null> {
    const [identity] = await this.transactions.query<IdentityDetails>(
      `SELECT ${DETAILS} FROM identities WHERE user_id = $1 AND id = $2`,
      [userId, id],
    );
    return identity ?? null;
  }

  /** True when the user can sign in without this identity: with a password, a passkey, or another provider that is still there. */
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
    await this.transactions.execute(`DELETE FROM identities WHERE user_id = $1 AND id = $2`, [userId, id]);
  }

  async deleteAllOf(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM identities WHERE user_id = $1`, [userId]);
  }
}
