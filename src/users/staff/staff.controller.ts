import { Body, Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentActor, FreshLogin, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { toUserStaffResponse, UserStaffResponseDto } from '../dto/user-response.dto.js';
import { LastAdminError, ScopeExceededError } from '../roles/roles.errors.js';
import { OwnAccountError, UserEmailTakenError, UserErasedError, UserNotFoundError } from '../users.errors.js';
import { CreateUserDto, DisableUserDto, ReplaceRolesDto, UpdateUserDto } from './dto/staff-user.dto.js';
import { StaffService } from './staff.service.js';

/**
 * What makes staff's doings reach a mailbox: nobody's is to be filled by a member of staff, or a key, gone wild. Without Redis it is
 * counted in this process, because somebody may have to be shut out at that very moment.
 */
export const STAFF_MAIL_POLICY: RateLimitPolicy = {
  ...attempts('staff-mail', 60, 60),
  per: 'caller',
  withoutRedis: 'open',
};

@ApiTags('users')
@Controller('users')
@RequireScopes('users:write')
export class StaffController {
  constructor(private readonly staff: StaffService) {}

  /**
   * Makes an account for somebody else.
   *
   * It has no password; an invite goes to its address, with which its owner chooses one.
   */
  @Post()
  @RateLimit(STAFF_MAIL_POLICY)
  @Location('users/:id')
  @ApiProblems(UserEmailTakenError, ScopeExceededError)
  async create(@Body() dto: CreateUserDto, @CurrentActor() actor: Actor): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.staff.create(dto, actor));
  }

  /** Changes the name or language of a user. */
  @Patch(':id')
  @ApiProblems(UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateUserDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.staff.update(id, dto, actor, expectedVersion));
  }

  /**
   * Gives a user these roles and no others.
   *
   * Tokens that the user already has lose and gain by it within a second.
   */
  @Put(':id/roles')
  @FreshLogin()
  @ApiProblems(UserNotFoundError, VersionMismatchError, UserErasedError, LastAdminError, ScopeExceededError)
  async replaceRoles(
    @Param('id', UuidParam) id: string,
    @Body() { roles }: ReplaceRolesDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.staff.replaceRoles(id, roles, actor, expectedVersion));
  }

  /**
   * Shuts an account out. Ends all it is signed in with.
   *
   * Access tokens, refresh tokens and API keys stop working within a second. A disabled account stays as it is.
   */
  @Post(':id/disable')
  @HttpCode(200)
  @RateLimit(STAFF_MAIL_POLICY)
  @ApiProblems(
    UserNotFoundError,
    VersionMismatchError,
    UserErasedError,
    OwnAccountError,
    LastAdminError,
    ScopeExceededError,
  )
  async disable(
    @Param('id', UuidParam) id: string,
    @Body() { reason }: DisableUserDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.staff.disable(id, reason, actor, expectedVersion));
  }

  /** Lets a disabled account in again. Its owner signs in anew. */
  @Post(':id/enable')
  @HttpCode(200)
  @RateLimit(STAFF_MAIL_POLICY)
  @ApiProblems(UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError)
  async enable(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.staff.enable(id, actor, expectedVersion));
  }
}
