import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../users.errors.js';
import {
  CreateCustomerGroupDto,
  CustomerGroupMemberPageDto,
  CustomerGroupPageDto,
  CustomerGroupResponseDto,
  UpdateCustomerGroupDto,
} from './dto/customer-group.dto.js';
import { CustomerGroupCodeTakenError, CustomerGroupNotFoundError } from './groups.errors.js';
import { GroupsService } from './groups.service.js';

@ApiTags('customer-groups')
@Controller('customer-groups')
export class GroupsController {
  constructor(private readonly groups: GroupsService) {}

  /** Lists customer groups, by code. */
  @Get()
  @RequireScopes('users:read')
  findAll(@Query() query: PageQueryDto): Promise<CustomerGroupPageDto> {
    return this.groups.list(query);
  }

  /** Reads one customer group. */
  @Get(':id')
  @RequireScopes('users:read')
  @ApiProblems(CustomerGroupNotFoundError)
  findOne(@Param('id', UuidParam) id: string): Promise<CustomerGroupResponseDto> {
    return this.groups.get(id);
  }

  /** Adds a customer group. */
  @Post()
  @RequireScopes('users:write')
  @Location('customer-groups/:id')
  @ApiProblems(CustomerGroupCodeTakenError)
  create(@Body() dto: CreateCustomerGroupDto): Promise<CustomerGroupResponseDto> {
    return this.groups.create(dto);
  }

  /** Changes a customer group. */
  @Patch(':id')
  @RequireScopes('users:write')
  @ApiProblems(CustomerGroupNotFoundError, CustomerGroupCodeTakenError, VersionMismatchError)
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateCustomerGroupDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<CustomerGroupResponseDto> {
    return this.groups.update(id, dto, expectedVersion);
  }

  /** Removes a customer group. Its members stay users. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(CustomerGroupNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.groups.remove(id, expectedVersion);
  }

  /** Lists the users in a group. */
  @Get(':id/members')
  @RequireScopes('users:read')
  @ApiProblems(CustomerGroupNotFoundError)
  findMembers(@Param('id', UuidParam) id: string, @Query() query: PageQueryDto): Promise<CustomerGroupMemberPageDto> {
    return this.groups.listMembers(id, query);
  }

  /** Puts a user into a group. */
  @Put(':id/members/:userId')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(CustomerGroupNotFoundError, UserNotFoundError)
  addMember(@Param('id', UuidParam) id: string, @Param('userId', UuidParam) userId: string): Promise<void> {
    return this.groups.addMember(id, userId);
  }

  /** Takes a user out of a group. */
  @Delete(':id/members/:userId')
  @HttpCode(204)
  @RequireScopes('users:write')
  @ApiProblems(CustomerGroupNotFoundError, UserNotFoundError)
  removeMember(@Param('id', UuidParam) id: string, @Param('userId', UuidParam) userId: string): Promise<void> {
    return this.groups.removeMember(id, userId);
  }
}
