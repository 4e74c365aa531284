import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { ApiAudienceResponse } from '../../common/http/audience-response.decorator.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage, PageQueryDto } from '../../common/pagination/page.dto.js';
import { Caller, CurrentActor, Public, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor, Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OrderAccess } from '../order-access.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { OrderNotFoundError } from '../orders.errors.js';
import {
  CreateOrderNoteDto,
  OrderNotePageDto,
  OrderNoteStaffPageDto,
  OrderNoteStaffResponseDto,
  toOrderNoteResponse,
  toOrderNoteStaffResponse,
  UpdateOrderNoteDto,
} from './order-note.dto.js';
import { OrderNoteNotFoundError, OrderNotesService } from './order-notes.service.js';

@ApiTags('orders')
@Controller('orders/:id/notes')
export class OrderNotesController {
  constructor(
    private readonly notes: OrderNotesService,
    private readonly access: OrderAccess,
  ) {}

  /** Lists the notes on an order, oldest first. Customers see those that are for them; staff see all. */
  @Get()
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(OrderNotFoundError)
  @ApiAudienceResponse(OrderNotePageDto, OrderNoteStaffPageDto)
  async findAll(
    @Param('id', UuidParam) id: string,
    @Query() query: PageQueryDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<OrderNotePageDto | OrderNoteStaffPageDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:read');
    const page = await this.notes.list(id, reach, query);
    return reach.isStaff ? mapPage(page, toOrderNoteStaffResponse) : mapPage(page, toOrderNoteResponse);
  }

  /** Reads one note. */
  @Get(':noteId')
  @RequireScopes('orders:read')
  @ApiProblems(OrderNoteNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Param('noteId', UuidParam) noteId: string,
  ): Promise<OrderNoteStaffResponseDto> {
    return toOrderNoteStaffResponse(await this.notes.get(id, noteId));
  }

  /** Writes a note on an order. */
  @Post()
  @RequireScopes('orders:write')
  @Location('orders/:orderId/notes/:id')
  @ApiProblems(OrderNotFoundError)
  async create(
    @Param('id', UuidParam) id: string,
    @Body() dto: CreateOrderNoteDto,
    @CurrentActor() actor: Actor,
  ): Promise<OrderNoteStaffResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'orders:write');
    return toOrderNoteStaffResponse(await this.notes.add(id, dto, actor, reach));
  }

  /** Changes a note. */
  @Patch(':noteId')
  @RequireScopes('orders:write')
  @ApiProblems(OrderNoteNotFoundError, VersionMismatchError)
  async update(
    @Param('id', UuidParam) id: string,
    @Param('noteId', UuidParam) noteId: string,
    @Body() dto: UpdateOrderNoteDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<OrderNoteStaffResponseDto> {
    return toOrderNoteStaffResponse(await this.notes.update(id, noteId, dto, expectedVersion));
  }

  /** Removes a note. */
  @Delete(':noteId')
  @HttpCode(204)
  @RequireScopes('orders:write')
  @ApiProblems(OrderNoteNotFoundError, VersionMismatchError)
  remove(
    @Param('id', UuidParam) id: string,
    @Param('noteId', UuidParam) noteId: string,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<void> {
    return this.notes.remove(id, noteId, expectedVersion);
  }
}
