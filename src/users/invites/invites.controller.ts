import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { ScopeExceededError } from '../roles/roles.errors.js';
import { STAFF_MAIL_POLICY } from '../staff/staff.controller.js';
import {
  CreateInviteDto,
  InvitePageDto,
  InviteResponseDto,
  ListInvitesDto,
  toInviteResponse,
} from './dto/invite.dto.js';
import { InviteClosedError, InviteNotFoundError } from './invites.errors.js';
import { InvitesService } from './invites.service.js';

@ApiTags('invites')
@Controller('invites')
export class InvitesController {
  constructor(private readonly invites: InvitesService) {}

  /**
   * Invites somebody to join the staff.
   *
   * A mail with a token goes to the address; it works once, for 72 hours. An open invite to the same address is withdrawn.
   */
  @Post()
  @RequireScopes('users:write')
  @RateLimit(STAFF_MAIL_POLICY)
  @Location('invites/:id')
  @ApiProblems(ScopeExceededError)
  async create(@Body() dto: CreateInviteDto, @CurrentActor() actor: Actor): Promise<InviteResponseDto> {
    return toInviteResponse(await this.invites.create(dto, actor));
  }

  /** Lists invites, newest first. */
  @Get()
  @RequireScopes('users:read')
  async findAll(@Query() query: ListInvitesDto): Promise<InvitePageDto> {
    return mapPage(await this.invites.list(query), toInviteResponse);
  }

  /** Reads one invite. */
  @Get(':id')
  @RequireScopes('users:read')
  @ApiProblems(InviteNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<InviteResponseDto> {
    return toInviteResponse(await this.invites.get(id));
  }

  /** Withdraws an invite. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(InviteNotFoundError, VersionMismatchError, InviteClosedError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.invites.revoke(id, expectedVersion);
  }

  /** Sends an invite once more, with another token. */
  @Post(':id/resend')
  @HttpCode(200)
  @RequireScopes('users:write')
  @RateLimit(STAFF_MAIL_POLICY)
  @ApiProblems(InviteNotFoundError, VersionMismatchError, InviteClosedError, ScopeExceededError)
  async resend(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<InviteResponseDto> {
    return toInviteResponse(await this.invites.resend(id, actor, expectedVersion));
  }
}
