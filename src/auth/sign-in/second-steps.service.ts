import { Injectable } from '@nestjs/common';
import type { SignInMethod } from '../sessions.repository.js';
import { Challenges } from './challenges.service.js';
import { type SecondFactor, SecondFactorsRepository } from './second-factors.repository.js';

/** How long the second step of a sign-in may take. */
export const SECOND_FACTOR_SECONDS = 600;

/** A sign-in that waits for its second factor. */
export interface PendingSignIn {
  challengeToken: string;
  methods: readonly SecondFactor[];
  /** Seconds until it has to be begun anew. */
  expiresIn: number;
}

/** The step between the first factor and the session. */
@Injectable()
export class SecondSteps {
  constructor(
    private readonly factors: SecondFactorsRepository,
    private readonly challenges: Challenges,
  ) {}

  /** Asks a user who proved the first factor for the second; null when they have none. */
  async askFor(userId: string, method: SignInMethod): Promise<PendingSignIn | null> {
    const methods = await this.factors.findOf(userId);
    if (methods.length === 0) return null;
    const challengeToken = await this.challenges.open('second_factor', {
      userId,
      data: { method },
      ttlSeconds: SECOND_FACTOR_SECONDS,
    });
    return { challengeToken, methods, expiresIn: SECOND_FACTOR_SECONDS };
  }
}
