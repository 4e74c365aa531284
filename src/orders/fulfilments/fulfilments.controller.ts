import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { ApiAudienceResponse } from '../../common/http/audience-response.decorator.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { Caller, CurrentActor, Public, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor, Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { LocationNotFoundError } from '../../products/inventory/inventory.errors.js';
import { OrderAccess, type OrderReach } from '../order-access.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { OrderNotFoundError, OrderTransitionError } from '../orders.errors.js';
import {
  CreatedFulfilmentResponseDto,
  CreateFulfilmentDto,
  FulfilmentListResponseDto,
  FulfilmentResponseDto,
  FulfilmentStaffListResponseDto,
  FulfilmentStaffPageDto,
  FulfilmentStaffResponseDto,
  ListFulfilmentsDto,
  ShipFulfilmentDto,
  toFulfilmentResponse,
  toFulfilmentStaffResponse,
  TrackFulfilmentDto,
} from './fulfilment.dto.js';
import {
  FulfilmentExceedsError,
  FulfilmentLineUnknownError,
  FulfilmentNotFoundError,
  FulfilmentNotHeldError,
  FulfilmentNotThereError,
  FulfilmentTransitionError,
  ShippingAddressMissingError,
} from './fulfilments.errors.js';
import { FulfilmentsService } from './fulfilments.service.js';
import { ShipmentsService } from './shipments.service.js';

/** Who sees every fulfilment, and all of it. */
const READERS = ['orders:read', 'fulfilments:write'] as const;

@ApiTags('fulfilments')
@Controller()
export class FulfilmentsController {
  constructor(
    private readonly fulfilments: FulfilmentsService,
    private readonly shipments: ShipmentsService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Puts pieces of an order together to be shipped.
   *
   * All that is left, or pieces of lines. Where they lie at several locations there is one fulfilment for each: the answer is the first, with
   * the `others`. Pieces that are in a fulfilment can be in no other until it is cancelled.
   */
  @Post('orders/:id/fulfilments')
  @RequireScopes('fulfilments:write')
  @Location('fulfilments/:id')
  @ApiProblems(
    OrderNotFoundError,
    OrderTransitionError,
    FulfilmentLineUnknownError,
    FulfilmentExceedsError,
    FulfilmentNotThereError,
    LocationNotFoundError,
  )
  async create(
    @Param('id', UuidParam) id: string,
    @Body() dto: CreateFulfilmentDto,
    @CurrentActor() actor: Actor,
  ): Promise<CreatedFulfilmentResponseDto> {
    const made = await this.fulfilments.create(id, dto, this.staff(actor, id));
    const [first, ...others] = made.map(toFulfilmentStaffResponse);
    return { ...first!, others };
  }

  /** Lists the fulfilments of an order, oldest first. Customers do not see those that were cancelled. */
  @Get('orders/:id/fulfilments')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(OrderNotFoundError)
  @ApiAudienceResponse(FulfilmentListResponseDto, FulfilmentStaffListResponseDto)
  async findAllOf(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<FulfilmentListResponseDto | FulfilmentStaffListResponseDto> {
    const reach = this.access.reachOf(caller, id, token, ...READERS);
    const fulfilments = await this.fulfilments.findAllOf(id, reach);
    return reach.isStaff
      ? { data: fulfilments.map(toFulfilmentStaffResponse), nextCursor: null }
      : { data: fulfilments.map(toFulfilmentResponse), nextCursor: null };
  }

  /**
   * Lists the fulfilments of all orders.
   *
   * With `status=pending`, what a warehouse has to do.
   */
  @Get('fulfilments')
  @RequireScopes(...READERS)
  async findAll(@Query() query: ListFulfilmentsDto): Promise<FulfilmentStaffPageDto> {
    const { limit, cursor, count, sort, ...filter } = query;
    return mapPage(await this.fulfilments.findAll(filter, sort, { limit, cursor, count }), toFulfilmentStaffResponse);
  }

  /** Shows a fulfilment. */
  @Get('fulfilments/:id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(FulfilmentNotFoundError)
  @ApiAudienceResponse(FulfilmentResponseDto, FulfilmentStaffResponseDto)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<FulfilmentResponseDto | FulfilmentStaffResponseDto> {
    let isStaff = false;
    const fulfilment = await this.fulfilments.get(id, (orderId) => {
      const reach = this.access.reachOf(caller, orderId, token, ...READERS);
      ({ isStaff } = reach);
      return reach;
    });
    return isStaff ? toFulfilmentStaffResponse(fulfilment) : toFulfilmentResponse(fulfilment);
  }

  /** Changes carrier and tracking of a fulfilment. */
  @Patch('fulfilments/:id')
  @RequireScopes('fulfilments:write')
  @ApiProblems(FulfilmentNotFoundError, FulfilmentTransitionError, VersionMismatchError)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: TrackFulfilmentDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<FulfilmentStaffResponseDto> {
    return toFulfilmentStaffResponse(await this.fulfilments.track(id, dto, this.by(actor, id), expectedVersion));
  }

  /**
   * Ships a fulfilment.
   *
   * Its pieces leave the stock of its location. The order must be confirmed and not held, and have an address unless it is picked up. The
   * customer is told, with the tracking link if there is one.
   */
  @Post('fulfilments/:id/ship')
  @RequireScopes('fulfilments:write')
  @HttpCode(200)
  @ApiProblems(
    FulfilmentNotFoundError,
    FulfilmentTransitionError,
    OrderTransitionError,
    ShippingAddressMissingError,
    FulfilmentNotHeldError,
  )
  async ship(
    @Param('id', UuidParam) id: string,
    @Body() dto: ShipFulfilmentDto,
    @CurrentActor() actor: Actor,
  ): Promise<FulfilmentStaffResponseDto> {
    return toFulfilmentStaffResponse(await this.shipments.ship(id, dto, this.by(actor, id)));
  }

  /** Notes that a fulfilment has arrived. */
  @Post('fulfilments/:id/deliver')
  @RequireScopes('fulfilments:write')
  @HttpCode(200)
  @ApiProblems(FulfilmentNotFoundError, FulfilmentTransitionError)
  async deliver(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<FulfilmentStaffResponseDto> {
    return toFulfilmentStaffResponse(await this.shipments.deliver(id, this.by(actor, id)));
  }

  /** Gives up a fulfilment that is not shipped. Its pieces can be put into another. */
  @Post('fulfilments/:id/cancel')
  @RequireScopes('fulfilments:write')
  @HttpCode(200)
  @ApiProblems(FulfilmentNotFoundError, FulfilmentTransitionError)
  async cancel(@Param('id', UuidParam) id: string, @CurrentActor() actor: Actor): Promise<FulfilmentStaffResponseDto> {
    return toFulfilmentStaffResponse(await this.fulfilments.cancel(id, this.by(actor, id)));
  }

  private staff(actor: Actor, orderId: string): OrderReach {
    return this.access.reachOf(actor, orderId, undefined, 'fulfilments:write');
  }

  /** As whom the member of staff stands in what is told. */
  private by(actor: Actor, id: string): OrderReach['actor'] {
    return this.staff(actor, id).actor;
  }
}
