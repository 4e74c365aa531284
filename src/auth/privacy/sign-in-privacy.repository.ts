import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** A session as its user may have it. */
export interface ExportedSession {
  id: string;
  userAgent: string | null;
  address: string | null;
  methods: string[];
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

/** Queries of sessions as data of a person. */
@Injectable()
export class SignInPrivacyRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Sessions in which the user acted, oldest first; those in which staff acted as the user tell of staff. */
  listSessions(userId: string, after: string | null, limit: number): Promise<ExportedSession[]> {
    return this.transactions.query(
      `SELECT id, user_agent AS "userAgent", address, methods, created_at AS "createdAt", last_used_at AS "lastUsedAt",
         expires_at AS "expiresAt", revoked_at AS "revokedAt"
       FROM sessions WHERE user_id = $1 AND impersonator_id IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [userId, after, limit],
    );
  }

  /** Deletes the sessions of a user, those in which they acted as others, and sign-ins that are under way. */
  async erase(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM sessions WHERE user_id = $1 OR impersonator_id = $1`, [userId]);
    await this.transactions.execute(`DELETE FROM auth_challenges WHERE user_id = $1`, [userId]);
  }
}
