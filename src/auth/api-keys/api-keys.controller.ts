import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { CurrentActor, FreshLogin, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { ScopeExceededError } from '../../users/roles/roles.errors.js';
import { ApiKeyEndedError, ApiKeyNotFoundError } from './api-keys.errors.js';
import { ApiKeysService } from './api-keys.service.js';
import {
  ApiKeyPageDto,
  ApiKeyResponseDto,
  CreateApiKeyDto,
  ListApiKeysDto,
  NewApiKeyResponseDto,
  RotateApiKeyDto,
  toApiKeyResponse,
  toNewApiKeyResponse,
  UpdateApiKeyDto,
} from './dto/api-key.dto.js';

@ApiTags('api-keys')
@Controller('api-keys')
@RequireScopes('api-keys:write')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /** Lists everyone's API keys, newest first. Ended ones stay listed for 90 days. */
  @Get()
  async findAll(@Query() query: ListApiKeysDto): Promise<ApiKeyPageDto> {
    return mapPage(await this.keys.list(query), toApiKeyResponse);
  }

  /** Reads one API key. */
  @Get(':id')
  @ApiProblems(ApiKeyNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<ApiKeyResponseDto> {
    return toApiKeyResponse(await this.keys.get(id));
  }

  /**
   * Creates an API key of scopes that you hold.
   *
   * The answer shows the key this once. It acts in your name: what you may no longer do, it may no longer do either.
   */
  @Post()
  @FreshLogin()
  @Location('api-keys/:id')
  @ApiProblems(ScopeExceededError)
  async create(@Body() dto: CreateApiKeyDto, @CurrentActor() actor: Actor): Promise<NewApiKeyResponseDto> {
    return toNewApiKeyResponse(await this.keys.create(dto, actor, new Date()));
  }

  /** Changes an API key. It counts within a second; a key that has ended cannot be changed. */
  @Patch(':id')
  @FreshLogin()
  @ApiProblems(ApiKeyNotFoundError, VersionMismatchError, ApiKeyEndedError, ScopeExceededError)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateApiKeyDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ApiKeyResponseDto> {
    return toApiKeyResponse(await this.keys.update(id, dto, actor, expectedVersion, new Date()));
  }

  /**
   * Gives an API key a new secret.
   *
   * The answer shows it this once. The old secret works beside it for `overlapSeconds`, a day unless you say otherwise; rotating again
   * ends the older one.
   */
  @Post(':id/rotate')
  @HttpCode(200)
  @FreshLogin()
  @ApiProblems(ApiKeyNotFoundError, VersionMismatchError, ApiKeyEndedError, ScopeExceededError)
  async rotate(
    @Param('id', UuidParam) id: string,
    @Body() dto: RotateApiKeyDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<NewApiKeyResponseDto> {
    return toNewApiKeyResponse(await this.keys.rotate(id, dto.overlapSeconds, actor, expectedVersion));
  }

  /** Revokes an API key with all its access tokens. */
  @Delete(':id')
  @HttpCode(204)
  @FreshLogin()
  @ApiProblems(ApiKeyNotFoundError)
  remove(@Param('id', UuidParam) id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
