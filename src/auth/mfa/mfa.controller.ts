import { Body, Controller, Delete, Get, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import {
  InvalidChallengeError,
  InvalidCredentialsError,
  InvalidPasskeyError,
  InvalidSecondFactorError,
  NoPasskeyError,
  NoSecondFactorError,
  TotpAlreadyEnabledError,
  TotpNotFoundError,
  WrongCodeError,
} from '../auth.errors.js';
import { SignInResponseDto, toSignInResponse } from '../dto/sign-in.dto.js';
import { toAssertion } from '../passkeys/dto/credential.dto.js';
import { PasskeyRequestResponseDto } from '../passkeys/dto/passkey-response.dto.js';
import { ClientDevice, type Device } from '../sessions.service.js';
import type { SignIn } from '../sign-in/sign-ins.service.js';
import {
  AnswerChallengeDto,
  BeginPasskeyChallengeDto,
  ConfirmTotpDto,
  MfaResponseDto,
  RecoveryCodesResponseDto,
  toMfaResponse,
  TotpConfirmedResponseDto,
  TotpEnrolmentResponseDto,
} from './dto/mfa.dto.js';
import { MfaChallengeService } from './mfa-challenge.service.js';
import { SECOND_FACTOR_POLICY } from '../throttles.js';
import { SecondFactorCodes } from './second-factor-codes.service.js';
import { SecondFactors } from './second-factors.service.js';
import { TotpService } from './totp.service.js';

@ApiTags('mfa')
@Controller('auth/mfa')
@SignedIn()
export class MfaController {
  constructor(
    private readonly factors: SecondFactors,
    private readonly codes: SecondFactorCodes,
    private readonly totp: TotpService,
  ) {}

  /** Reads which second factors you have. */
  @Get()
  async findOne(@CurrentUser() user: AuthenticatedUser): Promise<MfaResponseDto> {
    return toMfaResponse(await this.factors.find(user.id));
  }

  /**
   * Begins to add an authenticator app.
   *
   * The secret guards nothing until `POST /auth/mfa/totp/verify` confirms it. Asking again replaces a secret that was not confirmed.
   */
  @Post('totp')
  @HttpCode(200)
  @FreshLogin()
  @ApiProblems(TotpAlreadyEnabledError)
  enrolTotp(@CurrentUser() user: AuthenticatedUser): Promise<TotpEnrolmentResponseDto> {
    return this.totp.enrol(user.id);
  }

  /**
   * Confirms an authenticator app with a code of it.
   *
   * From then on every sign-in asks for a code. Your other sessions end. With your first second factor you get recovery codes.
   */
  @Post('totp/verify')
  @HttpCode(200)
  @RateLimit(SECOND_FACTOR_POLICY)
  @ApiProblems(TotpNotFoundError, TotpAlreadyEnabledError, WrongCodeError)
  confirmTotp(
    @Body() { code }: ConfirmTotpDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<TotpConfirmedResponseDto> {
    return this.totp.confirm(user, code, new Date());
  }

  /** Removes the authenticator app. Your other sessions end; with the last second factor, recovery codes go too. */
  @Delete('totp')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(TotpNotFoundError)
  removeTotp(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.totp.remove(user);
  }

  /** Makes new recovery codes; the old ones stop working. */
  @Post('recovery-codes')
  @HttpCode(200)
  @FreshLogin()
  @ApiProblems(NoSecondFactorError)
  async replaceRecoveryCodes(@CurrentUser() user: AuthenticatedUser): Promise<RecoveryCodesResponseDto> {
    return { recoveryCodes: await this.codes.replaceRecoveryCodes(user.id) };
  }
}

@ApiTags('mfa')
@Controller('auth/mfa/challenge')
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
  @ApiProblems(InvalidChallengeError, InvalidSecondFactorError, InvalidPasskeyError, InvalidCredentialsError)
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
  @ApiProblems(InvalidChallengeError, NoPasskeyError)
  beginPasskey(@Body() { challengeToken }: BeginPasskeyChallengeDto): Promise<PasskeyRequestResponseDto> {
    return this.challenges.beginPasskey(challengeToken);
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
