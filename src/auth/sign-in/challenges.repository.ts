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
  findOpen(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    return this.transactions.queryOne(`SELECT ${FOUND} FROM auth_challenges WHERE ${IS_OPEN}`, [kind, tokenHash]);
  }

  /** Uses an open challenge up in one conditional statement, so that of several callers one gets it. */
  take(kind: string, tokenHash: Buffer): Promise<Challenge | null> {
    return this.transactions.queryOne(
      `UPDATE auth_challenges SET used_at = now() WHERE ${IS_OPEN} RETURNING ${FOUND}`,
      [kind, tokenHash],
    );
  }

  /** Deletes up to `limit` challenges that ended over an hour ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('auth_challenges', `expires_at < now() - interval '1 hour'`, limit);
  }
}
