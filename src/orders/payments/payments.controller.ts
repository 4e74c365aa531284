import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import {
  IdempotencyKeyReusedError,
  InsufficientScopeError,
  InvalidRequestError,
  RequestInProgressError,
} from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent, Lease } from '../../common/idempotency/idempotency.interceptor.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Caller, Public, RequireScopes } from '../../common/security/access.decorators.js';
import type { Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OrderAccess } from '../order-access.js';
import { PAYMENT_POLICY } from '../order-limits.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { OrderNotFoundError, OrderTransitionError } from '../orders.errors.js';
import { PayOrderDto } from './dto/pay-order.dto.js';
import { PaymentResponseDto, toPaymentResponse } from './dto/payment-response.dto.js';
import {
  OrderOnHoldError,
  PaymentAlreadyOpenError,
  PaymentNotFoundError,
  PaymentProviderNotOfferedError,
  PaymentTransitionError,
} from './payments.errors.js';
import { PaymentsService } from './payments.service.js';

@ApiTags('payments')
@Controller({ version: '1' })
export class PaymentsController {
  constructor(
    private readonly payments: PaymentsService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Pays what is due on an order.
   *
   * The answer tells how it went: `captured` or `authorised` (the order is confirmed), `failed` with a `failureCode` (the order waits for
   * another attempt), or `processing` when the provider has not said yet; then ask again with `GET /payments/{id}`.
   */
  @Post('orders/:id/payments')
  @Public()
  @RateLimit(PAYMENT_POLICY)
  @Idempotent({ required: true, movesMoney: true, spansTransactions: true, takesLease: true })
  @Location('payments/:id')
  @AcceptsOrderToken()
  @ApiProblems(
    InvalidRequestError,
    OrderNotFoundError,
    OrderTransitionError,
    PaymentAlreadyOpenError,
    PaymentProviderNotOfferedError,
    InsufficientScopeError,
    IdempotencyKeyReusedError,
    RequestInProgressError,
  )
  async pay(
    @Param('id', UuidParam) id: string,
    @Body() dto: PayOrderDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
    @Lease() lease: KeyLease,
  ): Promise<PaymentResponseDto> {
    this.payments.assertMayUse(dto.provider, caller);
    const reach = this.access.reachOf(caller, id, token, 'orders:write', 'payments:capture');
    return toPaymentResponse(await this.payments.pay(id, dto, reach, lease));
  }

  /** Shows a payment. */
  @Get('payments/:id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(InvalidRequestError, PaymentNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<PaymentResponseDto> {
    return toPaymentResponse(
      await this.payments.get(id, (orderId) =>
        this.access.reachOf(caller, orderId, token, 'orders:read', 'payments:capture'),
      ),
    );
  }

  /** Books an authorised payment as received. */
  @Post('payments/:id/capture')
  @RequireScopes('payments:capture')
  @HttpCode(200)
  @Idempotent({ required: true, movesMoney: true })
  @ApiProblems(
    InvalidRequestError,
    PaymentNotFoundError,
    PaymentTransitionError,
    OrderOnHoldError,
    IdempotencyKeyReusedError,
  )
  async capture(@Param('id', UuidParam) id: string): Promise<PaymentResponseDto> {
    return toPaymentResponse(await this.payments.capture(id));
  }

  /** Gives an authorised payment up. */
  @Post('payments/:id/void')
  @RequireScopes('payments:capture')
  @HttpCode(200)
  @Idempotent({ movesMoney: true })
  @ApiProblems(InvalidRequestError, PaymentNotFoundError, PaymentTransitionError)
  async void(@Param('id', UuidParam) id: string): Promise<PaymentResponseDto> {
    return toPaymentResponse(await this.payments.void(id));
  }
}
