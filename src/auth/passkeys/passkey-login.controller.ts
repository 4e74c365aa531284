import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { InvalidCredentialsError } from '../auth.errors.js';
import { LOGIN_POLICY } from '../auth.policies.js';
import { ClientDevice } from '../client-device.decorator.js';
import { ApiSignInOutcome, type SignInOutcomeDto, toSignInOutcome } from '../dto/sign-in-outcome.dto.js';
import type { Device } from '../sessions.service.js';
import { PasskeyAnswerDto, toAssertion } from './dto/credential.dto.js';
import { PasskeyRequestResponseDto, toPasskeyRequestResponse } from './dto/passkey-options-response.dto.js';
import { PasskeyLogin } from './passkey-login.service.js';
import { InvalidPasskeyError } from './passkeys.errors.js';

/** Each makes a row that lives for five minutes. A page may ask whenever it is opened, for browsers that offer passkeys by themselves. */
const OPTIONS_POLICY: RateLimitPolicy = {
  name: 'passkey-options',
  limit: 60,
  windowSeconds: 60,
  per: 'address',
  withoutRedis: 'closed',
};

@ApiTags('auth')
@Controller({ path: 'auth/passkeys/login', version: '1' })
@Public({ credentials: 'ignored' })
export class PasskeyLoginController {
  constructor(private readonly logins: PasskeyLogin) {}

  /**
   * Begins to sign in with a passkey.
   *
   * The options are for `navigator.credentials.get()`, and are the same for everybody; send what it gives, with the token, to
   * `POST /auth/passkeys/login`, or to `POST /auth/step-up` when you are signed in.
   */
  @Post('options')
  @HttpCode(200)
  @RateLimit(OPTIONS_POLICY)
  @ApiProblems(RateLimitedError)
  async beginLogin(): Promise<PasskeyRequestResponseDto> {
    return toPasskeyRequestResponse(await this.logins.begin());
  }

  /** Signs in with a passkey. That is two factors at once, so no other is asked for. */
  @Post()
  @HttpCode(200)
  @RateLimit(LOGIN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiSignInOutcome()
  @ApiProblems(InvalidPasskeyError, InvalidCredentialsError, RateLimitedError)
  async login(
    @Body() { token, credential }: PasskeyAnswerDto,
    @ClientDevice() device: Device,
  ): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.logins.login({ token, credential: toAssertion(credential) }, device));
  }
}
