import { Body, Controller, Get, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { InsufficientScopeError, InvalidRequestError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent, Lease } from '../../common/idempotency/idempotency.interceptor.js';
import type { KeyLease } from '../../common/idempotency/idempotency.service.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Caller, Public, RequireScopes } from '../../common/security/access.decorators.js';
import { hasScope, type Principal } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { NoCreditAccountError } from '../gift-cards/gift-cards.errors.js';
import { OrderAccess, type OrderReach } from '../order-access.js';
import { PAYMENT_POLICY } from '../order-limits.js';
import { AcceptsOrderToken, OrderToken } from '../order-token.decorator.js';
import { OrderNotFoundError, OrderTransitionError } from '../orders.errors.js';
import { CapturePaymentDto, PayDueDto, RefundPaymentDto } from './dto/pay-order.dto.js';
import { PaymentListResponseDto, PaymentResponseDto, toPaymentResponse } from './dto/payment-response.dto.js';
import { RefundListResponseDto, RefundResponseDto, toRefundResponse } from './dto/refund-response.dto.js';
import {
  CaptureExceedsError,
  OrderOnHoldError,
  PaymentAlreadyOpenError,
  PaymentAmountError,
  PaymentNotFoundError,
  PaymentProviderNotOfferedError,
  PaymentRefusedError,
  PaymentTransitionError,
  RefundExceedsError,
  RefundLineError,
  RefundNotFoundError,
} from './payments.errors.js';
import { PaymentOperationsService } from './payment-operations.service.js';
import { PaymentsService } from './payments.service.js';
import { RefundsService } from './refunds.service.js';

@ApiTags('payments')
@Controller({ version: '1' })
export class PaymentsController {
  constructor(
    private readonly payments: PaymentsService,
    private readonly operations: PaymentOperationsService,
    private readonly refunds: RefundsService,
    private readonly access: OrderAccess,
  ) {}

  /**
   * Pays an order, or a part of it.
   *
   * The order is confirmed once its payments come to its total.
   *
   * The answer tells how it went: `captured` or `authorised`, `failed` with a `failureCode` (the order waits for another attempt),
   * `requires_action` with a `nextAction` for the shopper, or `processing` when the provider has not said yet; then ask again with
   * `GET /payments/{id}`. One payment of an order is under way at a time.
   */
  @Post('orders/:id/payments')
  @Public()
  @RateLimit(PAYMENT_POLICY)
  @Idempotent({ required: true, movesMoney: true, spansTransactions: true, takesLease: true })
  @Location('payments/:id')
  @AcceptsOrderToken()
  @ApiProblems(
    OrderNotFoundError,
    OrderTransitionError,
    PaymentAlreadyOpenError,
    PaymentAmountError,
    PaymentProviderNotOfferedError,
    InsufficientScopeError,
  )
  async pay(
    @Param('id', UuidParam) id: string,
    @Body() dto: PayDueDto,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
    @Lease() lease: KeyLease,
  ): Promise<PaymentResponseDto> {
    this.payments.assertMayUse(dto, caller);
    const reach = this.access.reachOf(caller, id, token, 'orders:write', 'payments:capture');
    return toPaymentResponse(await this.payments.pay(id, dto, reach, lease));
  }

  /** Lists the payments of an order, oldest first. */
  @Get('orders/:id/payments')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(OrderNotFoundError)
  async findAll(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<PaymentListResponseDto> {
    const reach = this.readerOf(caller, token)(id);
    return { data: (await this.payments.list(id, reach)).map(toPaymentResponse), nextCursor: null };
  }

  /** Shows a payment. */
  @Get('payments/:id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(PaymentNotFoundError)
  async findOne(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<PaymentResponseDto> {
    return toPaymentResponse(await this.payments.get(id, this.readerOf(caller, token)));
  }

  /**
   * Takes money that is authorised.
   *
   * All of it, or a part; parts never come to more than is authorised. Where the provider has not said yet, `claimedAmount` holds the part until it has. Nothing is captured while the order is on hold.
   */
  @Post('payments/:id/capture')
  @RequireScopes('payments:capture')
  @HttpCode(200)
  @Idempotent({ required: true, movesMoney: true, spansTransactions: true, takesLease: true })
  @ApiProblems(
    PaymentNotFoundError,
    PaymentTransitionError,
    CaptureExceedsError,
    OrderOnHoldError,
    OrderTransitionError,
    PaymentAmountError,
    PaymentProviderNotOfferedError,
    PaymentRefusedError,
  )
  async capture(
    @Param('id', UuidParam) id: string,
    @Body() dto: CapturePaymentDto,
    @Lease() lease: KeyLease,
  ): Promise<PaymentResponseDto> {
    return toPaymentResponse(await this.operations.capture(id, dto, lease));
  }

  /**
   * Gives an authorised payment up.
   *
   * Of one that is captured in part, the rest.
   */
  @Post('payments/:id/void')
  @RequireScopes('payments:capture')
  @HttpCode(200)
  @Idempotent({ movesMoney: true, spansTransactions: true, takesLease: true })
  @ApiProblems(PaymentNotFoundError, PaymentTransitionError, PaymentProviderNotOfferedError, PaymentRefusedError)
  async void(@Param('id', UuidParam) id: string, @Lease() lease?: KeyLease): Promise<PaymentResponseDto> {
    return toPaymentResponse(await this.operations.void(id, lease));
  }

  /**
   * Gives money of a payment back.
   *
   * All of it, an amount, or pieces of lines and shipping; refunds never come to more than is captured. A refund that the provider has not
   * answered is `pending` and is asked for again; one that it refuses is `failed`. The pieces of a line come to its total and its tax exactly,
   * in however many refunds, and so does shipping.
   */
  @Post('payments/:id/refunds')
  @RequireScopes('payments:refund')
  @Idempotent({ required: true, movesMoney: true, spansTransactions: true, takesLease: true })
  @Location('refunds/:id')
  @ApiProblems(
    PaymentNotFoundError,
    RefundExceedsError,
    RefundLineError,
    PaymentAmountError,
    PaymentProviderNotOfferedError,
    NoCreditAccountError,
  )
  async refund(
    @Param('id', UuidParam) id: string,
    @Body() { reason = 'requested_by_customer', note, ...asked }: RefundPaymentDto,
    @Lease() lease: KeyLease,
  ): Promise<RefundResponseDto> {
    if (asked.amount && (asked.lines || asked.shipping))
      throw InvalidRequestError.of('/amount', 'exclusive', 'must be left out where lines or shipping are given');
    return toRefundResponse(await this.refunds.refund(id, { ...asked, reason, note: note ?? null }, lease), true);
  }

  /** Lists the refunds of a payment, oldest first. */
  @Get('payments/:id/refunds')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(PaymentNotFoundError)
  async findRefunds(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<RefundListResponseDto> {
    await this.payments.get(id, this.readerOf(caller, token));
    const refunds = await this.refunds.list(id);
    return { data: refunds.map((refund) => toRefundResponse(refund, isStaff(caller))), nextCursor: null };
  }

  /** Shows a refund. */
  @Get('refunds/:id')
  @Public()
  @AcceptsOrderToken()
  @ApiProblems(RefundNotFoundError)
  async findRefund(
    @Param('id', UuidParam) id: string,
    @Caller() caller: Principal,
    @OrderToken() token: string | undefined,
  ): Promise<RefundResponseDto> {
    const refund = await this.refunds.get(id);
    const isReached = await this.payments.isWithin(refund.paymentId, this.readerOf(caller, token));
    if (!isReached) throw new RefundNotFoundError();
    return toRefundResponse(refund, isStaff(caller));
  }

  /** Whoever may read the order of a payment. */
  private readerOf(caller: Principal, token: string | undefined): (orderId: string) => OrderReach {
    return (orderId) => this.access.reachOf(caller, orderId, token, ...READERS);
  }
}

const READERS = ['orders:read', 'payments:capture', 'payments:refund'] as const;

function isStaff(caller: Principal): boolean {
  return READERS.some((scope) => hasScope(caller, scope));
}
