import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** A challenge as it was found. */
export interface Challenge {
  id: string;
  userId: string | null;
  data: Record<string, unknown>;
}

const IS_OPEN = `token_hash = $2 AND kind = $1 AND used_at IS NULL AND expires_at > now()`;

/** Every query of challenges. */
@Injectable()
export class ChallengesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async insert(challenge: Challenge & { kind: string; tokenHash: Buffer; ttlSeconds: number }): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO auth_challenges (id, kind, user_id, token_hash, data, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
      [
        challenge.id,
        challenge.kind,
        challenge.userId,
        challenge.tokenHash,
        JSON.stringify(challenge.data),
        challenge.ttlSeconds,
      ],
    );
  }

  async findOpen(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    const [challenge] = await this.transactions.query<Challenge>(
      `SELECT id, user_id AS "userId", data FROM auth_challenges WHERE ${IS_OPEN}`,
      [kind, tokenHash],
    );
    return challenge ?? null;
  }

  /** Uses an open challenge up; of several callers one gets it. */
  async take(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    const [challenge] = await this.transactions.query<Challenge>(
      `UPDATE auth_challenges SET used_at = now() WHERE ${IS_OPEN} RETURNING id, user_id AS "userId", data`,
      [kind, tokenHash],
    );
    return challenge ?? null;
  }

  /** Deletes up to `limit` challenges that ended over an hour ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM auth_challenges WHERE id IN
         (SELECT id FROM auth_challenges WHERE expires_at < now() - interval '1 hour' LIMIT $1)`,
      [limit],
    );
  }
}
