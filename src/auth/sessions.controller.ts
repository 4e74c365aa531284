import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { mapPage, PageQueryDto } from '../common/pagination/page.dto.js';
import { CurrentUser, RequireScopes, SignedIn } from '../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { UserNotFoundError } from '../users/users.errors.js';
import { SessionNotFoundError } from './auth.errors.js';
import { SessionPageDto, toSessionResponse } from './dto/session-response.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@Controller('auth/sessions')
@SignedIn()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Lists your living sessions, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<SessionPageDto> {
    return mapPage(await this.sessions.list(user.id, query), (session) => toSessionResponse(session, user.sessionId));
  }

  /** Ends one of your sessions. */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(SessionNotFoundError)
  remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.sessions.end(id, user.id);
  }

  /** Ends all your sessions but this one. */
  @Delete()
  @HttpCode(204)
  removeOthers(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.sessions.endOthers(user.id, user.sessionId);
  }
}

@ApiTags('sessions')
@Controller('users/:id/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Lists a user's living sessions, newest first. */
  @Get()
  @RequireScopes('users:read')
  @ApiProblems(UserNotFoundError)
  async findAll(@Param('id', UuidParam) id: string, @Query() query: PageQueryDto): Promise<SessionPageDto> {
    return mapPage(await this.sessions.listOf(id, query), (session) => toSessionResponse(session, null));
  }

  /** Signs a user out everywhere. */
  @Delete()
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError)
  removeAll(@Param('id', UuidParam) id: string): Promise<void> {
    return this.sessions.endAllOf(id);
  }
}
