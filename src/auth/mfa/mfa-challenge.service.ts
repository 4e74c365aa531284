import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InvalidChallengeError, InvalidSecondFactorError, NoPasskeyError } from '../auth.errors.js';
import type { SignInMethod } from '../entities/session.entity.js';
import type { PasskeyRequestResponseDto } from '../passkeys/dto/passkey-response.dto.js';
import { type AssertionAnswer, PasskeyAssertions } from '../passkeys/passkey-assertions.service.js';
import type { Device } from '../sessions.service.js';
import { Challenges } from '../sign-in/challenges.repository.js';
import { type SignIn, SignIns } from '../sign-in/sign-ins.service.js';
import { AccountThrottles } from '../throttles.js';
import { SecondFactorCodes } from './second-factor-codes.service.js';

/** The second step of a sign-in. It stays open for further tries until one is right or ten minutes are over. */
@Injectable()
export class MfaChallengeService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly challenges: Challenges,
    private readonly codes: SecondFactorCodes,
    private readonly assertions: PasskeyAssertions,
    private readonly throttles: AccountThrottles,
    private readonly signIns: SignIns,
  ) {}

  /**
   * Completes a sign-in with a code. Of simultaneous sign-ins with the same code one succeeds, and of simultaneous answers to one sign-in.
   *
   * @throws InvalidChallengeError, InvalidSecondFactorError; RateLimitedError after too many wrong codes of this account;
   * InvalidCredentialsError when the account has been disabled meanwhile.
   */
  async answerWithCode(challengeToken: string, code: string, device: Device, now: Date): Promise<SignIn> {
    const userId = await this.userOf(challengeToken);
    const attempt = await this.throttles.admitCode(userId);
    try {
      const signIn = await this.transactions.run(async () => {
        const first = await this.take(challengeToken);
        const method = await this.codes.use(userId, code, now);
        if (!method) throw new InvalidSecondFactorError();
        return this.signIns.complete(userId, [first, method], device);
      });
      await this.throttles.clear(attempt);
      return signIn;
    } catch (error) {
      if (error instanceof InvalidSecondFactorError) await this.throttles.refused(attempt);
      throw error;
    }
  }

  /** Options for a passkey of the user who signs in. @throws InvalidChallengeError, NoPasskeyError */
  async beginPasskey(challengeToken: string): Promise<PasskeyRequestResponseDto> {
    return (await this.assertions.beginSecondFactor(await this.userOf(challengeToken))) ?? raise(new NoPasskeyError());
  }

  /**
   * Completes a sign-in with a passkey.
   *
   * @throws InvalidChallengeError, InvalidPasskeyError; InvalidCredentialsError when the account has been disabled meanwhile.
   */
  async answerWithPasskey(challengeToken: string, answer: AssertionAnswer, device: Device): Promise<SignIn> {
    const userId = await this.userOf(challengeToken);
    await this.assertions.check('passkey_second_factor', answer, userId);
    return this.transactions.run(async () =>
      this.signIns.complete(userId, [await this.take(challengeToken), 'passkey'], device),
    );
  }

  private async userOf(challengeToken: string): Promise<string> {
    const challenge = await this.challenges.find('second_factor', challengeToken);
    if (!challenge?.userId) throw new InvalidChallengeError();
    return challenge.userId;
  }

  /** Uses the sign-in up, in a transaction that a wrong answer rolls back. @returns its first factor. */
  private async take(challengeToken: string): Promise<SignInMethod> {
    const challenge = await this.challenges.take('second_factor', challengeToken);
    if (!challenge) throw new InvalidChallengeError();
    return challenge.data.method as SignInMethod;
  }
}
