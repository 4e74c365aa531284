import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { type Challenge, ChallengesRepository } from './challenges.repository.js';

/** What a challenge waits for; a token of one kind is worthless for another. */
export type ChallengeKind =
  'second_factor' | 'passkey_registration' | 'passkey_login' | 'passkey_second_factor' | 'oidc' | 'oidc_result';

const TOKEN_PREFIX = 'shc_';
const TOKEN_BYTES = 32;
const TOKEN_FORM = /^shc_[A-Za-z0-9_-]{43}$/;

/** The open steps of signing in and enrolling: each has a random token, a bounded life and one answer. Stored as a hash of the token. */
@Injectable()
export class Challenges {
  constructor(private readonly challenges: ChallengesRepository) {}

  /** Opens a challenge. @returns its token, which is stored nowhere. */
  async open(
    kind: ChallengeKind,
    input: { userId?: string | null; data?: Record<string, unknown>; ttlSeconds: number },
  ): Promise<string> {
    const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
    const { userId = null, data = {}, ttlSeconds } = input;
    await this.challenges.insert({ id: newId(), kind, userId, tokenHash: hashOf(token), data, ttlSeconds });
    return token;
  }

  /** The open challenge of a token, which stays open; null when there is none. */
  async find(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    return TOKEN_FORM.test(token) ? this.challenges.findOpen(kind, hashOf(token)) : null;
  }

  /** Uses the open challenge of a token up, so that of simultaneous answers one counts; null when there is none. */
  async take(kind: ChallengeKind, token: string): Promise<Challenge | null> {
    return TOKEN_FORM.test(token) ? this.challenges.take(kind, hashOf(token)) : null;
  }

  /** Deletes up to `limit` challenges that are over. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.challenges.purgeEnded(limit);
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
