import { Body, Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError, VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentActor, FreshLogin, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { toUserStaffResponse, UserStaffResponseDto } from '../dto/user-response.dto.js';
import { LastAdminError, ScopeExceededError } from '../roles/roles.errors.js';
import { UserEmailTakenError, UserNotFoundError } from '../users.errors.js';
import { UsersService } from '../users.service.js';
import { AccountStatusService } from './account-status.service.js';
import { CreateUserDto, DisableUserDto, ReplaceRolesDto, UpdateUserDto } from './dto/staff-user.dto.js';
import { StaffAccounts } from './staff-accounts.service.js';
import { OwnAccountError, UserErasedError } from './staff.errors.js';
import { STAFF_MAIL_POLICY } from './staff.policies.js';
import { UserRolesService } from './user-roles.service.js';

@ApiTags('users')
@Controller({ path: 'users', version: '1' })
@RequireScopes('users:write')
export class StaffController {
  constructor(
    private readonly accounts: StaffAccounts,
    private readonly status: AccountStatusService,
    private readonly roles: UserRolesService,
    private readonly users: UsersService,
  ) {}

  /**
   * Makes an account for somebody else.
   *
   * It has no password; an invite goes to its address, with which its owner chooses one.
   */
  @Post()
  @RateLimit(STAFF_MAIL_POLICY)
  @Location('users/:id')
  @ApiProblems(UserEmailTakenError, ScopeExceededError, RateLimitedError)
  async create(@Body() dto: CreateUserDto, @CurrentActor() actor: Actor): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.accounts.create(dto, actor));
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
    return toUserStaffResponse(await this.accounts.update(id, dto, actor, expectedVersion));
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
    await this.roles.replace(id, roles, actor, expectedVersion);
    return toUserStaffResponse(await this.users.get(id));
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
    RateLimitedError,
  )
  async disable(
    @Param('id', UuidParam) id: string,
    @Body() { reason }: DisableUserDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    await this.status.disable(id, reason ?? null, actor, expectedVersion);
    return toUserStaffResponse(await this.users.get(id));
  }

  /** Lets a disabled account in again. Its owner signs in anew. */
  @Post(':id/enable')
  @HttpCode(200)
  @RateLimit(STAFF_MAIL_POLICY)
  @ApiProblems(UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError, RateLimitedError)
  async enable(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserStaffResponseDto> {
    await this.status.enable(id, actor, expectedVersion);
    return toUserStaffResponse(await this.users.get(id));
  }
}
