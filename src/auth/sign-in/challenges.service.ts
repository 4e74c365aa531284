import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { type Challenge, ChallengesRepository } from './challenges.repository.js';

/** What a challenge waits for; a token of one kind is worthless for another. */
export type ChallengeKind =
  'second_factor' | 'passkey_registration' | 'passkey_login' | 'passkey_second_factor' | 'oidc' | 'oidc_result';

const CHALLENGE_TOKEN = new OpaqueToken('shc_');

/** The open steps of signing in and enrolling: each has a random token, a bounded life and one answer. Stored as a hash of the token. */
@Injectable()
export class Challenges {
  constructor(private readonly challenges: ChallengesRepository) {}

  /** Opens a challenge. @returns its token, which is stored nowhere. */
  async open(
    kind: ChallengeKind,
    input: { userId?: string | null; data?: Record<string, unknown>; ttlSeconds: number },
  ): Promise<string> {
    const { token, hash } = CHALLENGE_TOKEN.issue();
    const { userId = null, data = {}, ttlSeconds } = input;
    await this.challenges.insert({ id: newId(), kind, userId, tokenHash: hash, data, ttlSeconds });
    return token;
  }

  /** The open challenge of a token, which stays open; null when there is none. */
  async find(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    const hash = CHALLENGE_TOKEN.hashOf(token);
    return hash && this.challenges.findOpen(kind, hash);
  }

  /** Uses the open challenge of a token up, so that of simultaneous answers one counts; null when there is none. */
  async take(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    const hash = CHALLENGE_TOKEN.hashOf(token);
    return hash && this.challenges.take(kind, hash);
  }

  /** Deletes up to `limit` challenges that are over. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.challenges.purgeEnded(limit);
  }
}
