import { Body, Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { VariantNotFoundError } from '../products.errors.js';
import {
  InventoryAdjustmentResponse,
  InventoryMovementPageResponse,
  InventoryPageResponse,
  LocationListResponse,
} from './dto/inventory-response.dto.js';
import { AdjustInventoryDto, ListInventoryDto, ListMovementsDto } from './dto/inventory.dto.js';
import {
  BelowReservedError,
  InventoryChangedError,
  LocationNotFoundError,
  StockOutOfRangeError,
} from './inventory.errors.js';
import { InventoryService } from './inventory.service.js';

@ApiTags('inventory')
@Controller()
export class InventoryController {
  constructor(private readonly inventory: InventoryService) {}

  /** Lists stock by SKU and location. */
  @Get('inventory')
  @RequireScopes('inventory:read')
  findAll(@Query() query: ListInventoryDto): Promise<InventoryPageResponse> {
    return this.inventory.listLevels(query);
  }

  /** Adjusts the stock of a variant. */
  @Post('inventory/adjustments')
  @RequireScopes('inventory:write')
  @Idempotent({ required: true })
  @Location('inventory/movements?variantId=:variantId')
  @ApiProblems(
    VariantNotFoundError,
    LocationNotFoundError,
    InventoryChangedError,
    BelowReservedError,
    StockOutOfRangeError,
  )
  adjust(@Body() dto: AdjustInventoryDto, @CurrentActor() actor: Actor): Promise<InventoryAdjustmentResponse> {
    return this.inventory.adjust(dto, responsibleUserId(actor));
  }

  /** Lists movements of stock, newest first. */
  @Get('inventory/movements')
  @RequireScopes('inventory:read')
  findMovements(@Query() query: ListMovementsDto): Promise<InventoryMovementPageResponse> {
    return this.inventory.listMovements(query);
  }

  /** Lists every location. */
  @Get('locations')
  @RequireScopes('inventory:read')
  async findLocations(): Promise<LocationListResponse> {
    return { data: await this.inventory.listLocations(), nextCursor: null };
  }
}
