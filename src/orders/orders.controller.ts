import { Body, Controller, Get, Headers, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/errors/api-problems.decorator.js';
import {
  IdempotencyKeyReusedError,
  InsufficientScopeError,
  InvalidRequestError,
  RequestInProgressError,
  VersionMismatchError,
} from '../common/errors/request.errors.js';
import { ApiAudienceResponse } from '../common/http/audience-response.decorator.js';
import { IfMatch } from '../common/http/etag.js';
import { Location } from '../common/http/location.decorator.js';
import { Idempotent, Lease } from '../common/idempotency/idempotency.interceptor.js';
import type { KeyLease } from '../common/idempotency/idempotency.service.js';
import { Patch, Post } from '../common/idempotency/write.decorators.js';
import { mapPage } from '../common/pagination/page.dto.js';
import { RateLimit } from '../common/rate-limit/rate-limit.decorator.js';
import { Caller, CurrentActor, Public, SignedIn } from '../common/security/access.decorators.js';
import type { Actor, Principal } from '../common/security/principal.js';
import { hasScope, principalKey } from '../common/security/principal.js';
import { UuidParam } from '../common/validation/decorators.js';
import { InsufficientStockError } from '../products/inventory/inventory.errors.js';
import { AcceptsCartToken, type CartHolder, Holder } from './carts/cart-holder.js';
import {
  CartAlreadyOrderedError,
  CartEmptyError,
  CartNotActiveError,
  CartNotFoundError,
} from './carts/carts.errors.js';
import { CartsService } from './carts/carts.service.js';
import { CheckoutService } from './checkout.service.js';
import { CancelOrderDto } from './dto/cancel-order.dto.js';
import { ListOrdersDto, ReadOrderDto } from './dto/list-orders.dto.js';
import { OrderHistoryResponseDto, toOrderHistoryResponse } from './dto/order-history-response.dto.js';
import {
  OrderDetailResponseDto,
  OrderPageResponseDto,
  OrderStaffDetailResponseDto,
  OrderStaffPageResponseDto,
  PlacedOrderResponseDto,
  toDetailFor,
  toOrderDetailResponse,
  toOrderResponse,
  toOrderStaffResponse,
} from './dto/order-response.dto.js';
import { paymentsOf, PlaceOrderDto } from './dto/place-order.dto.js';
import { UpdateOrderDto } from './dto/update-order.dto.js';
import { explainOrder } from './pricing/explain.js';
import { ExplanationDto } from './pricing/explanation.dto.js';
import { OrderAccess } from './order-access.js';
import { OrderCancelService } from './order-cancel.service.js';
import { ORDER_POLICY } from './order-limits.js';
import type { OrderRequest } from './order-placing.service.js';
import { toOrderRequest } from './order-request.js';
import { AcceptsOrderToken, OrderToken } from './order-token.decorator.js';
import {
  OrderNotEditableError,
  OrderNotFoundError,
  OrderTotalChangedError,
  OrderTotalTooLargeError,
  OrderTransitionError,
  VariantNotSellableError,
} from './orders.errors.js';
import { OrdersService } from './orders.service.js';
import { OrderUpdateService } from './order-update.service.js';
import { PaymentProviderNotOfferedError } from './payments/payments.errors.js';
import { SHIPPING_REFUSALS, ShippingZoneDiffersError } from './shipping/shipping.errors.js';
import { PromotionCodeNotApplicableError, PromotionUsageLimitError } from './promotions/promotions.errors.js';

const isPaidAtOnce = (body: unknown): boolean => {
  const { payment, giftCards } = (body ?? {}) as Partial<PlaceOrderDto>;
  return (payment ?? giftCards) !== undefined;
};

@ApiTags('orders')
@Controller({ path: 'orders', version: '1' })
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly checkout: CheckoutService,
    private readonly carts: CartsService,
    private readonly updates: OrderUpdateService,
    private readonly cancellation: OrderCancelService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Places an order.
   *
   * Of lines, or of a cart, which is ordered by it for good. Holds the stock for a while (see `expiresAt`) until the order is paid. Prices
   * come from the catalogue. Guests give an e-mail address and get an `orderToken`, which opens their order; they send the token of their
   * cart as `X-Cart-Token`. Refusals of lines and codes of a cart point into the cart's lists. Repeating the Idempotency-Key returns the
   * first answer.
   */
  @Post()
  @Public()
  @RateLimit(ORDER_POLICY)
  @Idempotent({ required: true, movesMoney: isPaidAtOnce, spansTransactions: isPaidAtOnce, takesLease: true })
  @Location('orders/:id')
  @AcceptsCartToken()
  @ApiProblems(
    InvalidRequestError,
    CartNotFoundError,
    CartEmptyError,
    CartAlreadyOrderedError,
    CartNotActiveError,
    VariantNotSellableError,
    InsufficientStockError,
    OrderTotalChangedError,
    OrderTotalTooLargeError,
    ...SHIPPING_REFUSALS,
    PromotionCodeNotApplicableError,
    PromotionUsageLimitError,
    PaymentProviderNotOfferedError,
    InsufficientScopeError,
    IdempotencyKeyReusedError,
    RequestInProgressError,
  )
  async place(
    @Body() dto: PlaceOrderDto,
    @Caller() caller: Principal,
    @Holder() holder: CartHolder,
    @Lease() lease: KeyLease,
    @Headers('accept-language') acceptLanguage: string | undefined,
  ): Promise<PlacedOrderResponseDto> {
    const compose = this.composing(dto, caller, acceptLanguage, holder);
    const order = await this.checkout.checkout(compose, paymentsOf(dto), caller, lease);
    const orderToken = order.customerId === null ? { orderToken: this.access.tokenOf(order.id) } : {};
    return { ...toOrderDetailResponse(order), ...orderToken };
  }

  /** Lists own orders, or everyone's for staff. */
  @Get()
  @SignedIn({ orKeyWith: 'orders:read' })
  @ApiProblems(InvalidRequestError, InsufficientScopeError)
  @ApiAudienceResponse(OrderPageResponseDto, OrderStaffPageResponseDto)
  async findAll(
    @Query() query: ListOrdersDto,
    @CurrentActor() actor: Actor,
  ): Promise<OrderPageResponseDto | OrderStaffPageResponseDto> {
    const { limit, cursor, count, sort, expand, ...filter } = query;
    const isStaff = hasScope(actor, 'orders:read');
    // Tags are the staff's own words: nobody else may ask whether they are there.
    if (filter.tag && !isStaff) throw new InsufficientScopeError(['orders:read']);
    const customerId = isStaff ? null : actor.id;
    const request = { limit, cursor, count };
    const page = await this.orders.findAll(filter, sort, request, customerId, principalKey(actor), expand);
    return isStaff ? mapPage(page, toOrderStaffResponse) : mapPage(page, toOrderResponse);
  }

  /** Shows an order with its payments. */
  @Get(':id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(InvalidRequestError, OrderNotFoundError)
  @ApiAudienceResponse(OrderDetailResponseDto, OrderStaffDetailResponseDto)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Query() { expand }: ReadOrderDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<OrderDetailResponseDto | OrderStaffDetailResponseDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:read');
    return toDetailFor(reach, await this.orders.get(id, reach, expand));
  }

  /**
   * Changes e-mail, addresses and tags.
   *
   * E-mail and addresses until goods are on their way; a shipping address in another shipping zone than shipping was priced for is refused. Tags, which are for staff with orders:write, at any time.
   */
  @Patch(':id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(
    InvalidRequestError,
    InsufficientScopeError,
    OrderNotFoundError,
    OrderNotEditableError,
    ShippingZoneDiffersError,
    VersionMismatchError,
  )
  @ApiAudienceResponse(OrderDetailResponseDto, OrderStaffDetailResponseDto)
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateOrderDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
    @IfMatch() version: number | undefined,
  ): Promise<OrderDetailResponseDto | OrderStaffDetailResponseDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:write');
    return toDetailFor(reach, await this.updates.update(id, dto, reach, version));
  }

  /**
   * Cancels an order nothing has been shipped of.
   *
   * Its stock is free again at once. What has been paid goes back: see the payments of the answer.
   */
  @Post(':id/cancel')
  @Public()
  @HttpCode(200)
  @Idempotent({ movesMoney: true })
  @AcceptsOrderToken()
  @ApiProblems(InvalidRequestError, OrderNotFoundError, OrderTransitionError)
  @ApiAudienceResponse(OrderDetailResponseDto, OrderStaffDetailResponseDto)
  async cancel(
    @Param('id', UuidParam) id: string,
    @Body() dto: CancelOrderDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<OrderDetailResponseDto | OrderStaffDetailResponseDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:write');
    await this.cancellation.cancel(id, dto.reason ?? null, reach);
    return toDetailFor(reach, await this.orders.get(id, reach));
  }

  /** Says why each amount is what it is. It goes by what was written on the order when it was placed. */
  @Get(':id/explain')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(InvalidRequestError, OrderNotFoundError)
  async explain(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<ExplanationDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:read');
    return explainOrder(await this.orders.get(id, reach));
  }

  /** Shows what has happened to an order. */
  @Get(':id/history')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(InvalidRequestError, OrderNotFoundError)
  async history(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<OrderHistoryResponseDto> {
    const reach = this.access.reachOf(caller, id, token, 'orders:read');
    return toOrderHistoryResponse(await this.orders.history(id, reach), reach.isStaff);
  }

  /** @throws InvalidRequestError for what cannot be ordered at all; what is found out with the cart is refused when it is taken. */
  private composing(
    dto: PlaceOrderDto,
    caller: Principal,
    acceptLanguage: string | undefined,
    holder: CartHolder,
  ): () => Promise<OrderRequest> {
    const { cartId } = dto;
    if (cartId === undefined) {
      const request = toOrderRequest(dto, caller, acceptLanguage);
      return () => Promise.resolve(request);
    }
    const excess = (['lines', 'currency'] as const).filter((member) => dto[member] !== undefined);
    if (excess.length > 0) {
      const message = 'must not be given beside cartId: it is that of the cart';
      throw new InvalidRequestError(excess.map((member) => ({ pointer: `/${member}`, code: 'excluded', message })));
    }
    return async () => toOrderRequest(dto, caller, acceptLanguage, await this.carts.take(cartId, holder));
  }
}
