import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../../common/errors/api-problems.decorator.js';
import { InvalidRequestError, RateLimitedError } from '../../../common/errors/request.errors.js';
import { Idempotent } from '../../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../../common/security/access.decorators.js';
import { InvalidCredentialsError } from '../../auth.errors.js';
import { ClientDevice } from '../../client-device.decorator.js';
import { SignInResponseDto, toSignInResponse } from '../../dto/sign-in-response.dto.js';
import { toAssertion } from '../../passkeys/dto/credential.dto.js';
import {
  PasskeyRequestResponseDto,
  toPasskeyRequestResponse,
} from '../../passkeys/dto/passkey-options-response.dto.js';
import { InvalidPasskeyError } from '../../passkeys/passkeys.errors.js';
import type { Device } from '../../sessions.service.js';
import type { SignIn } from '../../sign-in/sign-ins.service.js';
import { InvalidChallengeError, InvalidSecondFactorError, NoPasskeyError } from '../mfa.errors.js';
import { SECOND_FACTOR_POLICY } from '../second-factor-throttle.js';
import { AnswerChallengeDto, BeginPasskeyChallengeDto } from './dto/mfa-challenge.dto.js';
import { MfaChallengeService } from './mfa-challenge.service.js';

@ApiTags('auth')
@Controller({ path: 'auth/mfa/challenge', version: '1' })
@Public({ credentials: 'ignored' })
export class MfaChallengeController {
  constructor(private readonly challenges: MfaChallengeService) {}

  /**
   * Completes a sign-in with the second factor.
   *
   * That is a code of the authenticator app, a recovery code or a passkey. After a wrong answer the same `challengeToken` may be tried again, for ten minutes in all and ten wrong codes of the account in 15.
   */
  @Post()
  @HttpCode(200)
  @RateLimit(SECOND_FACTOR_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(
    InvalidChallengeError,
    InvalidSecondFactorError,
    InvalidPasskeyError,
    InvalidCredentialsError,
    RateLimitedError,
  )
  async answerChallenge(@Body() dto: AnswerChallengeDto, @ClientDevice() device: Device): Promise<SignInResponseDto> {
    return toSignInResponse(await this.answer(dto, device));
  }

  /**
   * Begins to use a passkey as the second factor.
   *
   * The options are for `navigator.credentials.get()`; send what it gives, with the token, to `POST /auth/mfa/challenge`.
   */
  @Post('passkey-options')
  @HttpCode(200)
  @RateLimit(SECOND_FACTOR_POLICY)
  @ApiProblems(InvalidChallengeError, NoPasskeyError, RateLimitedError)
  async beginPasskey(@Body() { challengeToken }: BeginPasskeyChallengeDto): Promise<PasskeyRequestResponseDto> {
    return toPasskeyRequestResponse(await this.challenges.beginPasskey(challengeToken));
  }

  /** @throws InvalidRequestError unless there is one answer. */
  private answer({ challengeToken, code, passkey }: AnswerChallengeDto, device: Device): Promise<SignIn> {
    if (code !== undefined && passkey === undefined)
      return this.challenges.answerWithCode(challengeToken, code, device, new Date());
    if (code === undefined && passkey !== undefined) {
      const { token, credential } = passkey;
      return this.challenges.answerWithPasskey(challengeToken, { token, credential: toAssertion(credential) }, device);
    }
    throw InvalidRequestError.of('/code', 'required', 'must be there, or else /passkey');
  }
}
