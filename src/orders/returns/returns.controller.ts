import { Body, Controller, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { NoCreditAccountError } from '../gift-cards/gift-cards.errors.js';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { mapPage } from '../../common/pagination/page.dto.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Caller, CurrentActor, Public, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor, Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import {
  InsufficientStockError,
  LocationNotFoundError,
  StockOutOfRangeError,
} from '../../products/inventory/inventory.errors.js';
import { OrderAccess, type OrderReach } from '../order-access.js';
import { ORDER_POLICY } from '../order-limits.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { DraftCustomerUnknownError } from '../drafts/drafts.errors.js';
import { OrderNotFoundError, OrderTotalTooLargeError, VariantNotSellableError } from '../orders.errors.js';
import { PaymentAmountError, RefundExceedsError } from '../payments/payments.errors.js';
import {
  ExchangeReturnDto,
  ListReturnsDto,
  ReceiveReturnDto,
  RefundReturnDto,
  RejectReturnDto,
  RequestReturnDto,
  ReturnListResponseDto,
  ReturnPageDto,
  ReturnResponseDto,
  toReturnResponse,
} from './return.dto.js';
import { ReturnExchangesService } from './return-exchanges.service.js';
import { ReturnReceivingService } from './return-receiving.service.js';
import { ReturnRefundsService } from './return-refunds.service.js';
import {
  ReturnExceedsError,
  ReturnExchangedError,
  ReturnLineUnknownError,
  ReturnNotFoundError,
  ReturnNothingDueError,
  ReturnTransitionError,
  ReturnWindowClosedError,
} from './returns.errors.js';
import { ReturnsService } from './returns.service.js';

@ApiTags('returns')
@Controller()
export class ReturnsController {
  constructor(
    private readonly returns: ReturnsService,
    private readonly receiving: ReturnReceivingService,
    private readonly refunds: ReturnRefundsService,
    private readonly exchanges: ReturnExchangesService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Asks to send pieces of an order back.
   *
   * At most those that have been shipped and are neither back nor in another return. Customers may ask for a while after the last pieces
   * arrived, or left where nobody has said that they did (30 days, `RETURN_WINDOW`); staff at any time.
   */
  @Post('orders/:id/returns')
  @Public()
  @RateLimit(ORDER_POLICY)
  @Location('returns/:id')
  @AcceptsOrderToken()
  @ApiProblems(OrderNotFoundError, ReturnLineUnknownError, ReturnExceedsError, ReturnWindowClosedError)
  async request(
    @Param('id', UuidParam) id: string,
    @Body() dto: RequestReturnDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<ReturnResponseDto> {
    const reach = this.access.reachOf(caller, id, token, 'returns:write');
    return toReturnResponse(await this.returns.request(id, dto, reach), reach.isStaff);
  }

  /** Lists the returns of an order, oldest first. */
  @Get('orders/:id/returns')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(OrderNotFoundError)
  async findAllOf(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<ReturnListResponseDto> {
    const reach = this.readerOf(caller, token)(id);
    const data = (await this.returns.list(id, reach)).map((row) => toReturnResponse(row, reach.isStaff));
    return { data, nextCursor: null };
  }

  /** Lists returns of all orders, newest first. */
  @Get('returns')
  @RequireScopes('orders:read', 'returns:write')
  async findAll(@Query() query: ListReturnsDto): Promise<ReturnPageDto> {
    return mapPage(await this.returns.findAll(query), (row) => toReturnResponse(row, true));
  }

  /** Shows a return. */
  @Get('returns/:id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(ReturnNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<ReturnResponseDto> {
    const reachOf = this.readerOf(caller, token);
    return toReturnResponse(await this.returns.get(id, reachOf), reachOf(id).isStaff);
  }

  /** Takes a return on, whose goods may now come. */
  @Post('returns/:id/approve')
  @RequireScopes('returns:write')
  @HttpCode(200)
  @ApiProblems(ReturnNotFoundError, ReturnTransitionError)
  async approve(@Param('id', UuidParam) id: string): Promise<ReturnResponseDto> {
    return toReturnResponse(await this.returns.approve(id), true);
  }

  /** Turns a return down, and tells the customer why. */
  @Post('returns/:id/reject')
  @RequireScopes('returns:write')
  @HttpCode(200)
  @ApiProblems(ReturnNotFoundError, ReturnTransitionError)
  async reject(@Param('id', UuidParam) id: string, @Body() { reason }: RejectReturnDto): Promise<ReturnResponseDto> {
    return toReturnResponse(await this.returns.reject(id, reason), true);
  }

  /** Gives up a return that has not come. Its pieces can be returned again. */
  @Post('returns/:id/cancel')
  @Public()
  @HttpCode(200)
  @AcceptsOrderToken()
  @ApiProblems(ReturnNotFoundError, ReturnTransitionError)
  async cancel(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<ReturnResponseDto> {
    const reachOf = (orderId: string) => this.access.reachOf(caller, orderId, token, 'returns:write');
    return toReturnResponse(await this.returns.cancel(id, reachOf), reachOf(id).isStaff);
  }

  /**
   * Receives the goods of an approved return.
   *
   * Sellable pieces are on hand again, damaged ones are written off, and pieces that are not named have not come: they can be returned again.
   * What came back is refunded at once, unless `refund` is false: each piece with its exact share of what its line came to, over the
   * payments of the order, oldest first.
   */
  @Post('returns/:id/receive')
  @RequireScopes('returns:write')
  @HttpCode(200)
  @Idempotent({ movesMoney: true })
  @ApiProblems(
    ReturnNotFoundError,
    ReturnTransitionError,
    ReturnLineUnknownError,
    ReturnExceedsError,
    LocationNotFoundError,
    StockOutOfRangeError,
  )
  async receive(
    @Param('id', UuidParam) id: string,
    @Body() dto: ReceiveReturnDto,
    @CurrentActor() actor: Actor,
  ): Promise<ReturnResponseDto> {
    return toReturnResponse(await this.receiving.receive(id, dto, actor), true);
  }

  /**
   * Refunds what came back.
   *
   * All that has not been refunded, or less where something is kept; shipping if asked for. Once more after a provider has refused a refund,
   * for what it has freed.
   */
  @Post('returns/:id/refund')
  @RequireScopes('payments:refund')
  @HttpCode(200)
  @Idempotent({ required: true, movesMoney: true })
  @ApiProblems(
    ReturnNotFoundError,
    ReturnTransitionError,
    ReturnNothingDueError,
    RefundExceedsError,
    PaymentAmountError,
    NoCreditAccountError,
  )
  async refund(@Param('id', UuidParam) id: string, @Body() dto: RefundReturnDto): Promise<ReturnResponseDto> {
    return toReturnResponse(await this.refunds.refund(id, dto), true);
  }

  /**
   * Exchanges what comes back for other goods.
   *
   * Written and sent as staff write any: its stock is held, and its customer gets a link that opens and pays it; what costs nothing is
   * confirmed at once. The return is refunded as ever, and no money moves between the two: with a refund to store credit the customer pays
   * the difference only. Once for each return.
   */
  @Post('returns/:id/exchange')
  @RequireScopes('returns:write')
  @HttpCode(200)
  @ApiProblems(
    ReturnNotFoundError,
    ReturnTransitionError,
    ReturnExchangedError,
    VariantNotSellableError,
    OrderTotalTooLargeError,
    DraftCustomerUnknownError,
    InsufficientStockError,
  )
  async exchange(
    @Param('id', UuidParam) id: string,
    @Body() dto: ExchangeReturnDto,
    @CurrentActor() actor: Actor,
  ): Promise<ReturnResponseDto> {
    const reach = this.access.reachOf(actor, id, undefined, 'returns:write');
    return toReturnResponse(await this.exchanges.exchange(id, dto, reach), true);
  }

  /** Whoever may read the order of a return. */
  private readerOf(caller: Principal, token: string | undefined): (orderId: string) => OrderReach {
    return (orderId) => this.access.reachOf(caller, orderId, token, 'orders:read', 'returns:write');
  }
}
