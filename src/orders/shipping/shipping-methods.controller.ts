import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InsufficientScopeError, VersionMismatchError } from '../../common/errors/request.errors.js';
import { ApiAudienceResponse } from '../../common/http/audience-response.decorator.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { Caller, Public, RequireScopes } from '../../common/security/access.decorators.js';
import { hasScope, type Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import {
  CreateShippingMethodDto,
  ListShippingMethodsDto,
  ShippingMethodPageDto,
  ShippingMethodResponseDto,
  ShippingMethodStaffPageDto,
  ShippingMethodStaffResponseDto,
  toShippingMethodResponse,
  UpdateShippingMethodDto,
} from './shipping-method.dto.js';
import { ShippingMethodsService } from './shipping-methods.service.js';
import {
  ShippingMethodCodeTakenError,
  ShippingMethodNotFoundError,
  ShippingMethodPlaceError,
} from './shipping.errors.js';

/** Staff here are those who may change the methods. */
const isStaff = (caller: Principal): boolean => hasScope(caller, 'settings:write');

@ApiTags('shipping')
@Controller('shipping-methods')
export class ShippingMethodsController {
  constructor(private readonly methods: ShippingMethodsService) {}

  /** Lists shipping methods in their order. Shoppers see active ones; what they cost is told of a cart. */
  @Get()
  @Public()
  @ApiProblems(InsufficientScopeError)
  @ApiAudienceResponse(ShippingMethodPageDto, ShippingMethodStaffPageDto)
  async findAll(
    @Query() { status, ...request }: ListShippingMethodsDto,
    @Caller() caller: Principal,
  ): Promise<ShippingMethodPageDto | ShippingMethodStaffPageDto> {
    if (isStaff(caller)) return this.methods.list(status, request);
    if (status !== undefined && status !== 'active') throw new InsufficientScopeError(['settings:write']);
    return mapPage(await this.methods.list('active', request), toShippingMethodResponse);
  }

  /** Reads one shipping method. */
  @Get(':id')
  @Public()
  @ApiProblems(ShippingMethodNotFoundError)
  @ApiAudienceResponse(ShippingMethodResponseDto, ShippingMethodStaffResponseDto)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
  ): Promise<ShippingMethodResponseDto | ShippingMethodStaffResponseDto> {
    return isStaff(caller) ? this.methods.get(id) : toShippingMethodResponse(await this.methods.get(id, 'active'));
  }

  /** Adds a shipping method. */
  @Post()
  @RequireScopes('settings:write')
  @Location('shipping-methods/:id')
  @ApiProblems(ShippingMethodCodeTakenError, ShippingMethodPlaceError)
  create(@Body() dto: CreateShippingMethodDto): Promise<ShippingMethodStaffResponseDto> {
    return this.methods.create(dto);
  }

  /** Changes a shipping method. Orders that were placed keep what they were told. */
  @Patch(':id')
  @RequireScopes('settings:write')
  @ApiProblems(
    ShippingMethodNotFoundError,
    ShippingMethodCodeTakenError,
    ShippingMethodPlaceError,
    VersionMismatchError,
  )
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateShippingMethodDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ShippingMethodStaffResponseDto> {
    return this.methods.update(id, dto, expectedVersion);
  }

  /** Removes a shipping method. One that orders refer to is archived instead. */
  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('settings:write')
  @ApiProblems(ShippingMethodNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.methods.remove(id, expectedVersion);
  }
}
