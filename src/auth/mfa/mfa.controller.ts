import { Body, Controller, Delete, Get, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import {
  MfaResponseDto,
  RecoveryCodesResponseDto,
  toMfaResponse,
  TotpConfirmedResponseDto,
  TotpEnrolmentResponseDto,
  toTotpConfirmedResponse,
} from './dto/mfa-response.dto.js';
import { ConfirmTotpDto } from './dto/totp.dto.js';
import { NoSecondFactorError, TotpAlreadyEnabledError, TotpNotFoundError, WrongCodeError } from './mfa.errors.js';
import { MfaService } from './mfa.service.js';
import { SECOND_FACTOR_POLICY } from './second-factor-throttle.js';
import { TotpService } from './totp.service.js';

@ApiTags('auth')
@Controller({ path: 'auth/mfa', version: '1' })
@SignedIn()
export class MfaController {
  constructor(
    private readonly mfa: MfaService,
    private readonly totp: TotpService,
  ) {}

  /** Reads which second factors you have. */
  @Get()
  async findOne(@CurrentUser() user: AuthenticatedUser): Promise<MfaResponseDto> {
    return toMfaResponse(await this.mfa.find(user.id));
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
  async enrolTotp(@CurrentUser() user: AuthenticatedUser): Promise<TotpEnrolmentResponseDto> {
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
  @ApiProblems(TotpNotFoundError, TotpAlreadyEnabledError, WrongCodeError, RateLimitedError)
  async confirmTotp(
    @Body() { code }: ConfirmTotpDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<TotpConfirmedResponseDto> {
    return toTotpConfirmedResponse(await this.totp.confirm(user, code, new Date()));
  }

  /** Removes the authenticator app. Your other sessions end; with the last second factor, recovery codes go too. */
  @Delete('totp')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(TotpNotFoundError)
  async removeTotp(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.totp.remove(user);
  }

  /** Makes new recovery codes; the old ones stop working. */
  @Post('recovery-codes')
  @HttpCode(200)
  @FreshLogin()
  @ApiProblems(NoSecondFactorError)
  async replaceRecoveryCodes(@CurrentUser() user: AuthenticatedUser): Promise<RecoveryCodesResponseDto> {
    return { recoveryCodes: await this.mfa.replaceRecoveryCodes(user.id) };
  }
}
