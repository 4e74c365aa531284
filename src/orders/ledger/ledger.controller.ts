import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RequireScopes } from '../../common/security/access.decorators.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OrderNotFoundError } from '../orders.errors.js';
import {
  LedgerBalancesQueryDto,
  LedgerBalancesResponseDto,
  OrderLedgerResponseDto,
  toBalancesResponse,
  toOrderLedgerResponse,
} from './ledger.dto.js';
import { LedgerService } from './ledger.service.js';

@ApiTags('orders')
@Controller()
export class LedgerController {
  constructor(private readonly ledger: LedgerService) {}

  /**
   * Shows what has been posted for an order.
   *
   * The sale, its changes, money that came and money that went back; the debits of each posting equal its credits.
   */
  @Get('orders/:id/ledger')
  @RequireScopes('orders:read')
  @ApiProblems(OrderNotFoundError)
  async ofOrder(@Param('id', UuidParam) id: string): Promise<OrderLedgerResponseDto> {
    return toOrderLedgerResponse(await this.ledger.ofOrder(id));
  }

  /**
   * Sums up every account of the ledger.
   *
   * Of what was posted in a span of time, each currency for itself.
   */
  @Get('ledger/balances')
  @RequireScopes('orders:read')
  async balances(@Query() query: LedgerBalancesQueryDto): Promise<LedgerBalancesResponseDto> {
    return toBalancesResponse(await this.ledger.balances(query));
  }
}
