import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { newId } from '../../common/ids.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { inSeconds } from '../../database/columns.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { SignInMethod } from '../entities/session.entity.js';
import { factorsIn, type SecondFactor, SecondFactorsRepository } from '../mfa/second-factors.repository.js';
import { AuthChallenge } from './entities/auth-challenge.entity.js';

/** What a challenge waits for; a token of one kind is worthless for another. */
export type ChallengeKind =
  'second_factor' | 'passkey_registration' | 'passkey_login' | 'passkey_second_factor' | 'oidc' | 'oidc_result';

/** A challenge as it was found. */
export type Challenge = Pick<AuthChallenge, 'id' | 'userId'> & { data: Record<string, unknown> };

/** A sign-in that waits for its second factor. */
export interface PendingSignIn {
  challengeToken: string;
  methods: SecondFactor[];
  /** Seconds until it has to be begun anew. */
  expiresIn: number;
}

const CHALLENGE_TOKEN = new OpaqueToken('shc_');
/** How long the second step of a sign-in may take. */
const SECOND_FACTOR_SECONDS = 600;
const IS_OPEN = `kind = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > now()`;
const FOUND = `id, user_id AS "userId", data`;

/** The open steps of signing in and enrolling: each has a random token, a bounded life and one answer. Stored as a hash of the token. */
@Injectable()
export class Challenges {
  constructor(
    @InjectRepository(AuthChallenge) private readonly challenges: Repository<AuthChallenge>,
    private readonly transactions: TransactionRunner,
    private readonly factors: SecondFactorsRepository,
  ) {}

  /** Opens a challenge. @returns its token, which is stored nowhere. */
  async open(
    kind: ChallengeKind,
    input: { userId?: string | null; data?: Record<string, unknown>; ttlSeconds: number },
  ): Promise<string> {
    const { token, hash: tokenHash } = CHALLENGE_TOKEN.issue();
    const { userId = null, data = {}, ttlSeconds } = input;
    const challenge: Challenge = { id: newId(), userId, data };
    await this.challenges.insert({ ...challenge, kind, tokenHash, expiresAt: inSeconds(ttlSeconds) });
    return token;
  }

  /** The open challenge of a token, which stays open; null when there is none. In SQL, because its condition is that of `take`. */
  find(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    return this.found(`SELECT ${FOUND} FROM auth_challenges WHERE ${IS_OPEN}`, kind, token);
  }

  /**
   * Uses the open challenge of a token up, in one conditional statement, so that of simultaneous answers one counts; null when there is
   * none.
   */
  take(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    return this.found(`UPDATE auth_challenges SET used_at = now() WHERE ${IS_OPEN} RETURNING ${FOUND}`, kind, token);
  }

  private async found(statement: string, kind: ChallengeKind, token: string): Promise<Challenge | null> {
    const hash = CHALLENGE_TOKEN.hashOf(token);
    return hash && this.transactions.queryOne(statement, [kind, hash]);
  }

  /** Asks a user who proved the first factor for the second; null when they have none. */
  async askForSecondFactor(userId: string, method: SignInMethod): Promise<PendingSignIn | null> {
    const methods = factorsIn(await this.factors.find(userId));
    if (methods.length === 0) return null;
    const expiresIn = SECOND_FACTOR_SECONDS;
    const challengeToken = await this.open('second_factor', { userId, data: { method }, ttlSeconds: expiresIn });
    return { challengeToken, methods, expiresIn };
  }

  /** Deletes up to `limit` challenges that ended over an hour ago. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.purge('auth_challenges', `expires_at < now() - interval '1 hour'`, limit);
  }
}
