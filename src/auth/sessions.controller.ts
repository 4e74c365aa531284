import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { PageQueryDto } from '../common/pagination/page.dto.js';
import { CurrentUser, SignedIn } from '../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { SessionNotFoundError } from './auth.errors.js';
import { SessionPageDto, toSessionResponse } from './dto/session-response.dto.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('auth')
@Controller({ path: 'auth/sessions', version: '1' })
@SignedIn()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  /** Lists your living sessions, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto, @CurrentUser() user: AuthenticatedUser): Promise<SessionPageDto> {
    const page = await this.sessions.list(user.id, query);
    return { ...page, data: page.data.map((session) => toSessionResponse(session, user.sessionId)) };
  }

  /** Ends one of your sessions. */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(SessionNotFoundError)
  async remove(@Param('id', UuidParam) id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.sessions.end(id, user.id);
  }

  /** Ends all your sessions but this one. */
  @Delete()
  @HttpCode(204)
  async removeOthers(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.sessions.endOthers(user.id, user.sessionId);
  }
}
