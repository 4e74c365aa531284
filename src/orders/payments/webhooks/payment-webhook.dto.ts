import { ApiProperty, PickType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '../../../common/validation/decorators.js';
import { PageOf, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { PAYMENT_PROVIDER_NAMES, type PaymentProviderName } from '../provider-list.js';
import { PAYMENT_WEBHOOK_STATUSES, PaymentWebhook, type PaymentWebhookStatus } from './payment-webhook.entity.js';

export class ListPaymentWebhooksDto extends PageQueryDto {
  /**
   * Only those of this provider.
   * @example "fake"
   */
  @MayBeAbsent()
  @IsIn(PAYMENT_PROVIDER_NAMES)
  provider?: PaymentProviderName;

  /**
   * Only those with this status.
   * @example "failed"
   */
  @MayBeAbsent()
  @IsIn(PAYMENT_WEBHOOK_STATUSES)
  status?: PaymentWebhookStatus;
}

/** What is shown of a webhook; never its body, which may name people. */
export const SHOWN_OF_WEBHOOK = [
  'id',
  'provider',
  'eventId',
  'paymentId',
  'status',
  'error',
  'attempts',
  'receivedAt',
  'processedAt',
] as const;

/** An event that a payment provider has told. */
export class PaymentWebhookResponseDto extends PickType(PaymentWebhook, SHOWN_OF_WEBHOOK) {}

export class PaymentWebhookPageResponseDto extends PageOf(PaymentWebhookResponseDto) {}

/** The answer to a provider. */
export class WebhookReceiptDto {
  /**
   * Always true: the event is kept, now or from an earlier time.
   * @example true
   */
  @ApiProperty({ type: Boolean })
  isReceived: true;
}
