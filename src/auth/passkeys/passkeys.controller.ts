import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { mapPage, PageQueryDto } from '../../common/pagination/page.dto.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import {
  InvalidCredentialsError,
  InvalidPasskeyError,
  PasskeyNotFoundError,
  PasskeyRejectedError,
  TooManyPasskeysError,
} from '../auth.errors.js';
import { LOGIN_POLICY } from '../throttles.js';
import { ApiSignInOutcome, type SignInOutcomeDto, toSignInOutcome } from '../dto/sign-in.dto.js';
import { ClientDevice, type Device } from '../sessions.service.js';
import { CreatePasskeyDto, PasskeyAnswerDto, toAssertion, toRegistration } from './dto/credential.dto.js';
import {
  NewPasskeyResponseDto,
  PasskeyCreationResponseDto,
  PasskeyPageDto,
  PasskeyRequestResponseDto,
  PasskeyResponseDto,
  toPasskeyResponse,
} from './dto/passkey-response.dto.js';
import { PasskeyAssertions } from './passkey-assertions.service.js';
import { PasskeysService } from './passkeys.service.js';

/** Each makes a row that lives for five minutes. A page may ask whenever it is opened, for browsers that offer passkeys by themselves. */
const OPTIONS_POLICY = attempts('passkey-options', 60, 60);

@ApiTags('passkeys')
@Controller('auth/passkeys')
@SignedIn()
export class PasskeysController {
  constructor(private readonly passkeys: PasskeysService) {}

  /**
   * Begins to add a passkey.
   *
   * The options are for `navigator.credentials.create()`; send what it gives, with the token, to `POST /auth/passkeys`.
   */
  @Post('options')
  @HttpCode(200)
  @FreshLogin()
  begin(@CurrentUser() user: AuthenticatedUser): Promise<PasskeyCreationResponseDto> {
    return this.passkeys.begin(user.id);
  }

  /**
   * Adds a passkey.
   *
   * It signs in by itself, and is a second factor after a password. Your other sessions end. With your first second factor you get recovery
   * codes.
   */
  @Post()
  @Location('auth/passkeys/:id')
  @Idempotent({ spansTransactions: true })
  @ApiProblems(PasskeyRejectedError, TooManyPasskeysError)
  async create(
    @Body() { token, name, credential }: CreatePasskeyDto,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<NewPasskeyResponseDto> {
    const answer = { token, credential: toRegistration(credential) };
    const { passkey, recoveryCodes } = await this.passkeys.add(user, name, answer);
    return { ...toPasskeyResponse(passkey), recoveryCodes };
  }

  /** Lists your passkeys, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<PasskeyPageDto> {
    return mapPage(await this.passkeys.list(user.id, query), toPasskeyResponse);
  }

  /** Reads one of your passkeys. */
  @Get(':id')
  @ApiProblems(PasskeyNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<PasskeyResponseDto> {
    return toPasskeyResponse(await this.passkeys.get(id, user.id));
  }

  /** Removes a passkey. Your other sessions end; with the last second factor, recovery codes go too. */
  @Delete(':id')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(PasskeyNotFoundError)
  remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.passkeys.remove(id, user);
  }
}

@ApiTags('passkeys')
@Controller('auth/passkeys/login')
@Public({ credentials: 'ignored' })
export class PasskeyLoginController {
  constructor(private readonly assertions: PasskeyAssertions) {}

  /**
   * Begins to sign in with a passkey.
   *
   * The options are for `navigator.credentials.get()`, and are the same for everybody; send what it gives, with the token, to
   * `POST /auth/passkeys/login`, or to `POST /auth/step-up` when you are signed in.
   */
  @Post('options')
  @HttpCode(200)
  @RateLimit(OPTIONS_POLICY)
  beginLogin(): Promise<PasskeyRequestResponseDto> {
    return this.assertions.beginLogin();
  }

  /** Signs in with a passkey. That is two factors at once, so no other is asked for. */
  @Post()
  @HttpCode(200)
  @RateLimit(LOGIN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiSignInOutcome()
  @ApiProblems(InvalidPasskeyError, InvalidCredentialsError)
  async login(
    @Body() { token, credential }: PasskeyAnswerDto,
    @ClientDevice() device: Device,
  ): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.assertions.login({ token, credential: toAssertion(credential) }, device));
  }
}
