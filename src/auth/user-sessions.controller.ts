import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { PageQueryDto } from '../common/pagination/page.dto.js';
import { RequireScopes } from '../common/security/access.decorators.js';
import { UuidParam } from '../common/validation/decorators.js';
import { UserNotFoundError } from '../users/users.errors.js';
import { SessionPageDto, toSessionResponse } from './dto/session-response.dto.js';
import { UserSessionsService } from './user-sessions.service.js';

@ApiTags('users')
@Controller({ path: 'users/:id/sessions', version: '1' })
export class UserSessionsController {
  constructor(private readonly sessions: UserSessionsService) {}

  /** Lists a user's living sessions, newest first. */
  @Get()
  @RequireScopes('users:read')
  @ApiProblems(UserNotFoundError)
  async findAll(@Param('id', UuidParam) id: string, @Query() query: PageQueryDto): Promise<SessionPageDto> {
    const page = await this.sessions.list(id, query);
    return { ...page, data: page.data.map((session) => toSessionResponse(session, null)) };
  }

  /** Signs a user out everywhere. */
  @Delete()
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(UserNotFoundError)
  async removeAll(@Param('id', UuidParam) id: string): Promise<void> {
    await this.sessions.endAll(id);
  }
}
