import { Body, Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../common/errors/request.errors.js';
import { IfMatch } from '../common/http/etag.js';
import { Patch } from '../common/idempotency/write.decorators.js';
import { mapPage } from '../common/pagination/page.dto.js';
import { CurrentUser, RequireScopes, SignedIn } from '../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { ListUsersDto, UpdateMeDto } from './dto/user.dto.js';
import {
  toUserResponse,
  toUserStaffResponse,
  UserPageDto,
  UserResponseDto,
  UserStaffResponseDto,
} from './dto/user-response.dto.js';
import { UserNotFoundError } from './users.errors.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** Reads your own account. */
  @Get('me')
  @SignedIn()
  async findMe(@CurrentUser() user: AuthenticatedUser): Promise<UserResponseDto> {
    return toUserResponse(await this.users.get(user.id));
  }

  /** Changes your own account. */
  @Patch('me')
  @SignedIn()
  @ApiProblems(VersionMismatchError)
  async updateMe(
    @Body() dto: UpdateMeDto,
    @CurrentUser() user: AuthenticatedUser,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<UserResponseDto> {
    return toUserResponse(await this.users.update(user.id, dto, expectedVersion));
  }

  /** Lists users. */
  @Get()
  @RequireScopes('users:read')
  async findAll(@Query() query: ListUsersDto): Promise<UserPageDto> {
    return mapPage(await this.users.list(query), toUserStaffResponse);
  }

  /** Reads one user. */
  @Get(':id')
  @RequireScopes('users:read')
  @ApiProblems(UserNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<UserStaffResponseDto> {
    return toUserStaffResponse(await this.users.get(id));
  }
}
