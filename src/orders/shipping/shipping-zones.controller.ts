import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { PageQueryDto } from '../../common/pagination/page.dto.js';
import { RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import {
  CreateShippingZoneDto,
  ShippingZonePageDto,
  ShippingZoneResponseDto,
  UpdateShippingZoneDto,
} from './shipping-zone.dto.js';
import { ShippingZonesService } from './shipping-zones.service.js';
import { ShippingZoneInUseError, ShippingZoneNotFoundError } from './shipping.errors.js';

@ApiTags('shipping')
@Controller('shipping-zones')
@RequireScopes('settings:write')
export class ShippingZonesController {
  constructor(private readonly zones: ShippingZonesService) {}

  /** Lists shipping zones, oldest first. */
  @Get()
  findAll(@Query() query: PageQueryDto): Promise<ShippingZonePageDto> {
    return this.zones.list(query);
  }

  /** Reads one shipping zone. */
  @Get(':id')
  @ApiProblems(ShippingZoneNotFoundError)
  findOne(@Param('id', UuidParam) id: string): Promise<ShippingZoneResponseDto> {
    return this.zones.get(id);
  }

  /**
   * Adds a shipping zone.
   *
   * An address lies in one zone: the one whose area says most about it. A longer beginning of the postal code says more than a shorter
   * one, any beginning more than a region, a region more than the country alone, and the country more than `*`; of two that say as much,
   * the older zone counts.
   */
  @Post()
  @Location('shipping-zones/:id')
  create(@Body() dto: CreateShippingZoneDto): Promise<ShippingZoneResponseDto> {
    return this.zones.create(dto);
  }

  /** Changes a shipping zone. */
  @Patch(':id')
  @ApiProblems(ShippingZoneNotFoundError, VersionMismatchError)
  update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateShippingZoneDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<ShippingZoneResponseDto> {
    return this.zones.update(id, dto, expectedVersion);
  }

  /** Removes a shipping zone to which no method goes. */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(ShippingZoneNotFoundError, ShippingZoneInUseError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.zones.remove(id, expectedVersion);
  }
}
