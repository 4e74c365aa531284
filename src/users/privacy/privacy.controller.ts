import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit, type RateLimitPolicy } from '../../common/rate-limit/rate-limit.decorator.js';
import {
  CurrentActor,
  CurrentUser,
  FreshLogin,
  RequireScopes,
  SignedIn,
} from '../../common/security/access.decorators.js';
import type { Actor, AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OperationResponseDto, toOperationResponse } from '../../operations/dto/operation.dto.js';
import { toUserStaffResponse, UserStaffResponseDto } from '../dto/user-response.dto.js';
import { LastAdminError, ScopeExceededError } from '../roles/roles.errors.js';
import { UserErasedError, UserNotFoundError } from '../users.errors.js';
import { UsersService } from '../users.service.js';
import { ErasureService } from './erasure.service.js';
import { ExportRequests, ExportRunningError } from './export-requests.service.js';

/** An export reads everything that is kept of a person and sends a mail. */
const EXPORT_POLICY: RateLimitPolicy = { ...attempts('export', 5, 3_600), per: 'caller' };

/** Staff who answer the requests of many people. */
const STAFF_EXPORT_POLICY: RateLimitPolicy = { ...EXPORT_POLICY, name: 'staff-export', limit: 60 };

@ApiTags('privacy')
@Controller('users')
export class PrivacyController {
  constructor(
    private readonly exports: ExportRequests,
    private readonly erasure: ErasureService,
    private readonly users: UsersService,
  ) {}

  /**
   * Asks for everything that is kept of you.
   *
   * A job makes one zip file of it; a mail tells you when it can be downloaded from the operation. Asking again while it is being made
   * answers with the same operation.
   */
  @Post('me/export')
  @HttpCode(202)
  @SignedIn()
  @RateLimit(EXPORT_POLICY)
  @Location('operations/:id')
  @ApiProblems(ExportRunningError, ImpersonationForbiddenError, UserNotFoundError, UserErasedError)
  async exportMine(@CurrentUser() user: AuthenticatedUser): Promise<OperationResponseDto> {
    if (user.impersonatorId !== null) throw new ImpersonationForbiddenError();
    return toOperationResponse(await this.exports.request(user.id, user, null));
  }

  /**
   * Asks for everything that is kept of a user.
   *
   * The file is for you and for the user, who is told by mail.
   */
  @Post(':id/export')
  @HttpCode(202)
  @RequireScopes('users:write')
  @RateLimit(STAFF_EXPORT_POLICY)
  @Location('operations/:id')
  @ApiProblems(ExportRunningError, UserNotFoundError, UserErasedError)
  async export(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<OperationResponseDto> {
    return toOperationResponse(await this.exports.request(id, actor, 'users:write'));
  }

  /**
   * Erases your account.
   *
   * You are signed out everywhere and nothing that tells who you are is left. Orders stay in the books without you; one that is on its way
   * keeps its delivery address until it has arrived. This cannot be undone.
   */
  @Delete('me')
  @HttpCode(204)
  @SignedIn()
  @FreshLogin()
  @ApiProblems(LastAdminError, UserNotFoundError)
  removeMe(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.erasure.erase(user.id, user);
  }

  /**
   * Erases a user.
   *
   * Nothing that tells who they were is left, orders stay in the books. This cannot be undone; an account that has been erased stays as it
   * is.
   */
  @Post(':id/erase')
  @HttpCode(200)
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError, LastAdminError, ScopeExceededError)
  async erase(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<UserStaffResponseDto> {
    await this.erasure.erase(id, actor);
    return toUserStaffResponse(await this.users.get(id));
  }

  /** Erases a user, like `POST /users/{id}/erase`. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError, LastAdminError, ScopeExceededError)
  remove(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<void> {
    return this.erasure.erase(id, actor);
  }
}
