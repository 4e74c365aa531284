import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage, PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import {
  CreateRoleDto,
  RoleNameParam,
  RolePageDto,
  RoleResponseDto,
  toRoleResponse,
  UpdateRoleDto,
} from './dto/role.dto.js';
import {
  RoleBuiltInError,
  RoleInUseError,
  RoleNameTakenError,
  RoleNotFoundError,
  ScopeExceededError,
} from './roles.errors.js';
import { RolesService } from './roles.service.js';

@ApiTags('roles')
@Controller('roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  /** Lists roles by name. */
  @Get()
  @RequireScopes('users:read')
  async findAll(@Query() query: PageQueryDto): Promise<RolePageDto> {
    return mapPage(await this.roles.list(query), toRoleResponse);
  }

  /** Reads one role. */
  @Get(':name')
  @RequireScopes('users:read')
  @ApiProblems(RoleNotFoundError)
  async findOne(@Param('name', RoleNameParam) name: string): Promise<RoleResponseDto> {
    return toRoleResponse(await this.roles.get(name));
  }

  /** Creates a role of scopes that you hold. */
  @Post()
  @RequireScopes('users:write')
  @Location('roles/:name')
  @ApiProblems(RoleNameTakenError, ScopeExceededError)
  async create(@Body() dto: CreateRoleDto, @CurrentActor() actor: Actor): Promise<RoleResponseDto> {
    return toRoleResponse(await this.roles.create(dto, actor));
  }

  /** Changes a role. Its holders are affected within a second. */
  @Patch(':name')
  @RequireScopes('users:write')
  @ApiProblems(RoleNotFoundError, VersionMismatchError, RoleBuiltInError, ScopeExceededError)
  async update(
    @Param('name', RoleNameParam) name: string,
    @Body() dto: UpdateRoleDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<RoleResponseDto> {
    return toRoleResponse(await this.roles.update(name, dto, actor, expectedVersion));
  }

  /** Removes a role that nobody holds. */
  @Delete(':name')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(RoleNotFoundError, VersionMismatchError, RoleBuiltInError, RoleInUseError, ScopeExceededError)
  remove(
    @Param('name', RoleNameParam) name: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<void> {
    return this.roles.remove(name, actor, expectedVersion);
  }
}
