import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { InsufficientStockError } from '../../products/inventory/inventory.errors.js';
import { OrderAccess } from '../order-access.js';
import {
  OrderNotEditableError,
  OrderNotFoundError,
  OrderTotalTooLargeError,
  VariantNotSellableError,
} from '../orders.errors.js';
import { EditConfirmationService } from './edit-confirmation.service.js';
import {
  OrderEditListResponseDto,
  OrderEditResponseDto,
  ProposeEditDto,
  toOrderEditResponse,
} from './order-edit.dto.js';
import {
  OrderEditEmptyError,
  OrderEditLineUnknownError,
  OrderEditNotFoundError,
  OrderEditOutdatedError,
  OrderEditTaxesDifferError,
  OrderEditTooLowError,
  OrderEditTransitionError,
} from './order-edits.errors.js';
import { OrderEditsService } from './order-edits.service.js';

@ApiTags('order-edits')
@Controller()
export class OrderEditsController {
  constructor(
    private readonly edits: OrderEditsService,
    private readonly confirmations: EditConfirmationService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Proposes to change what was ordered.
   *
   * Adds lines, changes pieces or prices, removes lines, sets what shipping costs. The answer shows every total before and after, what will be
   * due or go back, and stock that is missing; the order stays as it is until the edit is confirmed. Lines that are not named keep all of their
   * amounts. A line whose pieces change keeps its price and what is taken off each piece; one that is added has the price of the catalogue.
   */
  @Post('orders/:id/edits')
  @RequireScopes('orders:write')
  @Location('orders/:orderId/edits/:id')
  @ApiProblems(
    OrderNotFoundError,
    OrderNotEditableError,
    OrderEditTooLowError,
    OrderEditLineUnknownError,
    OrderEditEmptyError,
    OrderEditTaxesDifferError,
    VariantNotSellableError,
    OrderTotalTooLargeError,
  )
  async propose(
    @Param('id', UuidParam) id: string,
    @Body() dto: ProposeEditDto,
    @CurrentActor() actor: Actor,
  ): Promise<OrderEditResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:write');
    return toOrderEditResponse(await this.edits.propose(id, dto, reach));
  }

  /** Lists the edits of an order, oldest first. */
  @Get('orders/:id/edits')
  @RequireScopes('orders:read')
  @ApiProblems(OrderNotFoundError)
  async findAll(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<OrderEditListResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:read');
    return { data: (await this.edits.list(id, reach)).map(toOrderEditResponse), nextCursor: null };
  }

  /** Shows an edit of an order. */
  @Get('orders/:id/edits/:editId')
  @RequireScopes('orders:read')
  @ApiProblems(OrderEditNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Param('editId', UuidParam) editId: string,
  ): Promise<OrderEditResponseDto> {
    return toOrderEditResponse(await this.edits.get(id, editId));
  }

  /**
   * Changes the order as proposed.
   *
   * Exactly what the edit shows, or nothing: the stock of what is added is held, that of what goes is free again. What has been paid beyond the
   * new total goes back; what is missing is due, and can be paid with `POST /orders/{id}/payments`. Refused (409) once the order has changed
   * since the edit was proposed.
   */
  @Post('order-edits/:id/confirm')
  @RequireScopes('orders:write')
  @HttpCode(200)
  @Idempotent({ movesMoney: true })
  @ApiProblems(
    OrderEditNotFoundError,
    OrderEditTransitionError,
    OrderEditOutdatedError,
    OrderNotEditableError,
    OrderEditTooLowError,
    InsufficientStockError,
  )
  async confirm(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<OrderEditResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:write');
    return toOrderEditResponse(await this.confirmations.confirm(id, reach));
  }

  /** Drops an edit that has not been confirmed. */
  @Post('order-edits/:id/cancel')
  @RequireScopes('orders:write')
  @HttpCode(200)
  @ApiProblems(OrderEditNotFoundError, OrderEditTransitionError)
  async cancel(@Param('id', UuidParam) id: string): Promise<OrderEditResponseDto> {
    return toOrderEditResponse(await this.edits.cancel(id));
  }
}
