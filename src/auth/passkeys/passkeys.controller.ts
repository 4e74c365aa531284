import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentUser, FreshLogin, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { CreatePasskeyDto, toRegistration } from './dto/credential.dto.js';
import { PasskeyCreationResponseDto, toPasskeyCreationResponse } from './dto/passkey-options-response.dto.js';
import {
  NewPasskeyResponseDto,
  PasskeyPageDto,
  PasskeyResponseDto,
  toNewPasskeyResponse,
  toPasskeyPage,
  toPasskeyResponse,
} from './dto/passkey-response.dto.js';
import { PasskeyRegistrations } from './passkey-registrations.service.js';
import { PasskeyNotFoundError, PasskeyRejectedError, TooManyPasskeysError } from './passkeys.errors.js';
import { PasskeysService } from './passkeys.service.js';

@ApiTags('auth')
@Controller({ path: 'auth/passkeys', version: '1' })
@SignedIn()
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly registrations: PasskeyRegistrations,
  ) {}

  /**
   * Begins to add a passkey.
   *
   * The options are for `navigator.credentials.create()`; send what it gives, with the token, to `POST /auth/passkeys`.
   */
  @Post('options')
  @HttpCode(200)
  @FreshLogin()
  async begin(@CurrentUser() user: AuthenticatedUser): Promise<PasskeyCreationResponseDto> {
    return toPasskeyCreationResponse(await this.registrations.begin(user.id));
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
    return toNewPasskeyResponse(await this.passkeys.add(user, name, answer));
  }

  /** Lists your passkeys, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<PasskeyPageDto> {
    return toPasskeyPage(await this.passkeys.list(user.id, query));
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
  async remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.passkeys.remove(id, user);
  }
}
