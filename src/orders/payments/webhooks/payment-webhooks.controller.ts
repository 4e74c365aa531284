import { Controller, createParamDecorator, type ExecutionContext, Get, HttpCode, Param, Query } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../../../common/errors/api-problems.decorator.js';
import { shown } from '../../../common/http/resource.dto.js';
import { Idempotent } from '../../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../../common/idempotency/write.decorators.js';
import { mapPage } from '../../../common/pagination/page.dto.js';
import { RateLimit } from '../../../common/rate-limit/rate-limit.decorator.js';
import { Public, RequireScopes } from '../../../common/security/access.decorators.js';
import { UuidParam } from '../../../common/validation/decorators.js';
import { PAYMENT_WEBHOOK_POLICY } from '../../order-limits.js';
import type { WebhookDelivery } from '../payment-provider.js';
import {
  PaymentWebhookForgedError,
  PaymentWebhookNotFoundError,
  PaymentWebhookPastError,
  WebhookProviderUnknownError,
} from '../payments.errors.js';
import {
  ListPaymentWebhooksDto,
  PaymentWebhookPageResponseDto,
  PaymentWebhookResponseDto,
  SHOWN_OF_WEBHOOK,
  WebhookReceiptDto,
} from './payment-webhook.dto.js';
import { PaymentWebhooksService } from './payment-webhooks.service.js';

/** The request as it came in, byte by byte. */
const Delivery = createParamDecorator((_: unknown, context: ExecutionContext): WebhookDelivery => {
  const { body, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()])),
    receivedAt: new Date(),
  };
});

@ApiTags('payments')
@Controller('payment-webhooks')
export class PaymentWebhooksController {
  constructor(private readonly webhooks: PaymentWebhooksService) {}

  /**
   * Takes the webhook of a payment provider.
   *
   * Its signature is checked over the bytes that came; then they are kept, and processed. An event that came before is answered alike and
   * changes nothing. Giving this address to a provider is all there is to do.
   */
  @Post(':provider')
  @Public({ credentials: 'ignored' })
  @RateLimit(PAYMENT_WEBHOOK_POLICY)
  @RouteConfig({ takesBytes: true })
  @Idempotent({ ignored: true })
  @HttpCode(200)
  @ApiBody({
    schema: { type: 'object', minProperties: 1, description: 'As the provider writes it.', example: { id: 'evt_1' } },
  })
  @ApiProblems(WebhookProviderUnknownError, PaymentWebhookForgedError)
  async receive(
    @Param('provider') provider: string,
    @Delivery() delivery: WebhookDelivery,
  ): Promise<WebhookReceiptDto> {
    await this.webhooks.receive(provider, delivery);
    return { isReceived: true };
  }

  /** Lists what payment providers have told, newest first. */
  @Get('events')
  @RequireScopes('payments:capture')
  async findAll(
    @Query() { provider, status, ...request }: ListPaymentWebhooksDto,
  ): Promise<PaymentWebhookPageResponseDto> {
    return mapPage(await this.webhooks.list({ provider, status }, request), (webhook) =>
      shown(webhook, SHOWN_OF_WEBHOOK),
    );
  }

  /**
   * Processes a webhook once more.
   *
   * Nothing changes where its news is known. The answer tells whether it could be processed. After 30 days there is nothing left of it.
   */
  @Post('events/:id/replay')
  @RequireScopes('payments:capture')
  @HttpCode(200)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(PaymentWebhookNotFoundError, PaymentWebhookPastError)
  async replay(@Param('id', UuidParam) id: string): Promise<PaymentWebhookResponseDto> {
    return shown(await this.webhooks.replay(id), SHOWN_OF_WEBHOOK);
  }
}
