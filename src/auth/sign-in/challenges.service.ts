import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import type { SignInMethod } from '../entities/session.entity.js';
import { type Challenge, ChallengesRepository } from './challenges.repository.js';
import { factorsIn, type SecondFactor, SecondFactorsRepository } from '../mfa/second-factors.repository.js';

/** What a challenge waits for; a token of one kind is worthless for another. */
export type ChallengeKind =
  'second_factor' | 'passkey_registration' | 'passkey_login' | 'passkey_second_factor' | 'oidc' | 'oidc_result';

const CHALLENGE_TOKEN = new OpaqueToken('shc_');

/** How long the second step of a sign-in may take. */
export const SECOND_FACTOR_SECONDS = 600;

/** A sign-in that waits for its second factor. */
export interface PendingSignIn {
  challengeToken: string;
  methods: SecondFactor[];
  /** Seconds until it has to be begun anew. */
  expiresIn: number;
}

/** The open steps of signing in and enrolling: each has a random token, a bounded life and one answer. Stored as a hash of the token. */
@Injectable()
export class Challenges {
  constructor(
    private readonly challenges: ChallengesRepository,
    private readonly factors: SecondFactorsRepository,
  ) {}

  /** Opens a challenge. @returns its token, which is stored nowhere. */
  async open(
    kind: ChallengeKind,
    input: { userId?: string | null; data?: Record<string, unknown>; ttlSeconds: number },
  ): Promise<string> {
    const { token, hash } = CHALLENGE_TOKEN.issue();
    const { userId = null, data = {}, ttlSeconds } = input;
    await this.challenges.insert({ id: newId(), kind, userId, tokenHash: hash, data }, ttlSeconds);
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

  /** Asks a user who proved the first factor for the second; null when they have none. */
  async askForSecondFactor(userId: string, method: SignInMethod): Promise<PendingSignIn | null> {
    const methods = factorsIn(await this.factors.find(userId));
    if (methods.length === 0) return null;
    const expiresIn = SECOND_FACTOR_SECONDS;
    const challengeToken = await this.open('second_factor', { userId, data: { method }, ttlSeconds: expiresIn });
    return { challengeToken, methods, expiresIn };
  }
}
