import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { inSeconds } from '../../database/columns.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { AuthChallenge } from './entities/auth-challenge.entity.js';

/** A challenge as it was found. */
export type Challenge = Pick<AuthChallenge, 'id' | 'userId'> & { data: Record<string, unknown> };

const IS_OPEN = `kind = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > now()`;
const FOUND = `id, user_id AS "userId", data`;

/** Every query of challenges. */
@Injectable()
export class ChallengesRepository {
  constructor(
    @InjectRepository(AuthChallenge) private readonly challenges: Repository<AuthChallenge>,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(challenge: Challenge & Pick<AuthChallenge, 'kind' | 'tokenHash'>, ttlSeconds: number): Promise<void> {
    await this.challenges.insert({ ...challenge, expiresAt: inSeconds(ttlSeconds) });
  }

  /** In SQL, because its condition is that of `take`. */
  async findOpen(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    const [challenge] = await this.transactions.query<Challenge>(
      `SELECT ${FOUND} FROM auth_challenges WHERE ${IS_OPEN}`,
      [kind, tokenHash],
    );
    return challenge ?? null;
  }

  /** Uses an open challenge up in one conditional statement, so that of several callers one gets it. */
  async take(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    const [challenge] = await this.transactions.query<Challenge>(
      `UPDATE auth_challenges SET used_at = now() WHERE ${IS_OPEN} RETURNING ${FOUND}`,
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
