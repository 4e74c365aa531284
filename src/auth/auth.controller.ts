import { Body, Controller, HttpCode, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { Idempotent } from '../common/idempotency/idempotency.interceptor.js';
import { Post } from '../common/idempotency/write.decorators.js';
import { RateLimit } from '../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, Public, SignedIn } from '../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../common/security/principal.js';
import {
  InvalidCredentialsError,
  InvalidRefreshTokenError,
  RefreshReusedError,
  RefreshSupersededError,
} from './auth.errors.js';
import { LOGIN_POLICY, REFRESH_POLICY } from './throttles.js';
import { AuthService } from './auth.service.js';
import { ClientDevice, type Device, SessionsService } from './sessions.service.js';
import {
  ApiSignInOutcome,
  LoginDto,
  RefreshDto,
  type SignInOutcomeDto,
  SignInResponseDto,
  toSignInOutcome,
  toSignInResponse,
} from './dto/sign-in.dto.js';

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
  ) {}

  /** Signs in with e-mail address and password. With a second factor, the answer asks for it. */
  @Post('login')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(LOGIN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiSignInOutcome()
  @ApiProblems(InvalidCredentialsError)
  async login(@Body() dto: LoginDto, @ClientDevice() device: Device): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.auth.login(dto.email, dto.password, device));
  }

  /**
   * Trades a refresh token for new tokens.
   *
   * Each refresh token works once. Of simultaneous requests with the same one, one succeeds and the others get
   * `auth.refresh_superseded`; presenting a token that was used before ends the session. The session's end does not move.
   */
  @Post('refresh')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(REFRESH_POLICY)
  @ApiProblems(InvalidRefreshTokenError, RefreshReusedError, RefreshSupersededError)
  async refresh(@Body() dto: RefreshDto, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignInResponseDto> {
    const arrivedAt = new Date(Date.now() - reply.elapsedTime);
    return toSignInResponse(await this.auth.refresh(dto.refreshToken, arrivedAt));
  }

  /** Signs out: ends the session of the token. */
  @Post('logout')
  @HttpCode(204)
  @SignedIn()
  async logout(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.sessions.logout(user.sessionId);
  }
}
