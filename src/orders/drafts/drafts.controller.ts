import { Body, Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { InsufficientStockError } from '../../products/inventory/inventory.errors.js';
import { OrderStaffDetailResponseDto, toOrderStaffDetailResponse } from '../dto/order-response.dto.js';
import { OrderAccess } from '../order-access.js';
import {
  OrderNotFoundError,
  OrderTotalTooLargeError,
  OrderTransitionError,
  VariantNotSellableError,
} from '../orders.errors.js';
import { OrdersService } from '../orders.service.js';
import { CreateDraftDto, SendDraftDto, UpdateDraftDto } from './draft.dto.js';
import { DraftCustomerUnknownError, NumberSeriesUnknownError, OrderNotDraftError } from './drafts.errors.js';
import { DraftsService } from './drafts.service.js';

@ApiTags('orders')
@Controller('orders')
export class DraftsController {
  constructor(
    private readonly drafts: DraftsService,
    private readonly orders: OrdersService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Writes an order for a customer.
   *
   * Lines are of the catalogue, at its price or at another one with a reason, or of something else. A draft holds no stock, and nobody but
   * staff sees it until it is sent.
   */
  @Post('drafts')
  @RequireScopes('orders:write')
  @Location('orders/:id')
  @ApiProblems(VariantNotSellableError, OrderTotalTooLargeError, DraftCustomerUnknownError, NumberSeriesUnknownError)
  async create(@Body() dto: CreateDraftDto, @CurrentActor() actor: Actor): Promise<OrderStaffDetailResponseDto> {
    return this.read(actor, await this.drafts.create(dto, this.access.reachOf(actor, '', undefined, 'orders:write')));
  }

  /** Changes a draft. Lines that are given replace all, and are priced anew. */
  @Patch(':id/draft')
  @RequireScopes('orders:write')
  @ApiProblems(
    OrderNotFoundError,
    OrderNotDraftError,
    VersionMismatchError,
    VariantNotSellableError,
    OrderTotalTooLargeError,
    DraftCustomerUnknownError,
  )
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateDraftDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<OrderStaffDetailResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:write');
    await this.drafts.update(id, dto, reach, expectedVersion);
    return this.read(actor, id);
  }

  /** Throws a draft away. */
  @Delete(':id/draft')
  @HttpCode(204)
  @RequireScopes('orders:write')
  @ApiProblems(OrderNotFoundError, OrderNotDraftError, VersionMismatchError)
  remove(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<void> {
    return this.drafts.remove(id, this.access.reachOf(actor, id, undefined, 'orders:write'), expectedVersion);
  }

  /**
   * Sends a draft to its customer.
   *
   * Holds the stock and fixes the totals; the customer gets a mail with a link that opens the order and pays it without signing in. What
   * costs nothing is confirmed at once.
   */
  @Post(':id/send')
  @HttpCode(200)
  @RequireScopes('orders:write')
  @ApiProblems(OrderNotFoundError, OrderTransitionError, VersionMismatchError, InsufficientStockError)
  async send(
    @Param('id', UuidParam) id: string,
    @Body() dto: SendDraftDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<OrderStaffDetailResponseDto> {
    await this.drafts.send(id, dto, this.access.reachOf(actor, id, undefined, 'orders:write'), expectedVersion);
    return this.read(actor, id);
  }

  private async read(actor: Actor, id: string): Promise<OrderStaffDetailResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:write');
    return toOrderStaffDetailResponse(await this.orders.get(id, reach));
  }
}
