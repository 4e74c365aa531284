import { Body, Controller, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import { Post } from '../common/idempotency/write.decorators.js';
import { CurrentActor, RequireScopes } from '../common/security/access.decorators.js';
import type { Actor } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { HoldOrderDto } from './dto/cancel-order.dto.js';
import { OrderStaffDetailResponseDto, toOrderStaffDetailResponse } from './dto/order-response.dto.js';
import { OrderAccess, type OrderReach } from './order-access.js';
import { OrderStatesService } from './order-states.service.js';
import { OrderNotCompletableError, OrderNotFoundError, OrderTransitionError } from './orders.errors.js';
import { OrdersService } from './orders.service.js';

@ApiTags('orders')
@Controller('orders')
export class OrderStatesController {
  constructor(
    private readonly orders: OrdersService,
    private readonly states: OrderStatesService,
    private readonly access: OrderAccess,
  ) {}

  /** Holds a confirmed order. Its stock stays its own; nothing is captured until it is released. */
  @Post(':id/hold')
  @RequireScopes('orders:write')
  @HttpCode(200)
  @ApiProblems(OrderNotFoundError, OrderTransitionError)
  async hold(
    @Param('id', UuidParam) id: string,
    @Body() { reason }: HoldOrderDto,
    @CurrentActor() actor: Actor,
  ): Promise<OrderStaffDetailResponseDto> {
    const reach = this.reachOf(actor, id);
    await this.states.hold(id, reason ?? null, reach);
    return toOrderStaffDetailResponse(await this.orders.get(id, reach));
  }

  /** Lets an order go on that was held. */
  @Post(':id/release')
  @RequireScopes('orders:write')
  @HttpCode(200)
  @ApiProblems(OrderNotFoundError, OrderTransitionError)
  async release(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
  ): Promise<OrderStaffDetailResponseDto> {
    const reach = this.reachOf(actor, id);
    await this.states.release(id, reach);
    return toOrderStaffDetailResponse(await this.orders.get(id, reach));
  }

  /**
   * Closes an order.
   *
   * Every piece must be delivered or cancelled, and nothing be due either way. A job does the same by itself with what is shipped and paid.
   */
  @Post(':id/complete')
  @RequireScopes('orders:write')
  @HttpCode(200)
  @ApiProblems(OrderNotFoundError, OrderTransitionError, OrderNotCompletableError)
  async complete(
    @Param('id', UuidParam) id: string,
    @CurrentActor() actor: Actor,
  ): Promise<OrderStaffDetailResponseDto> {
    const reach = this.reachOf(actor, id);
    await this.states.complete(id, reach);
    return toOrderStaffDetailResponse(await this.orders.get(id, reach));
  }

  private reachOf(actor: Actor, id: string): OrderReach {
    return this.access.reachOf(actor, id, undefined, 'orders:write');
  }
}
