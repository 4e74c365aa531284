import { ApiProperty, OmitType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsOptional, Matches, MaxLength, ValidateNested } from 'class-validator';
import { shown } from '../../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { InstantRangeDto } from '../../../common/pagination/range.dto.js';
import { MayBeAbsent } from '../../../common/validation/decorators.js';
import {
  DELIVERY_STATUSES,
  type DeliveryStatus,
  WebhookAttempt,
  WebhookDelivery,
} from '../entities/webhook-delivery.entity.js';

/** Which deliveries of an endpoint to list. */
export class ListWebhookDeliveriesDto extends PageQueryDto {
  /** Those in any of these states. @example "pending,failed" */
  @IsOptional()
  @CommaSeparated()
  @IsIn(DELIVERY_STATUSES, { each: true })
  status?: DeliveryStatus[];

  /** Those of any of these types of events. @example "order.placed" */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(100)
  @MaxLength(100, { each: true })
  @Matches(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/, { each: true, message: 'must be types of events, separated by commas' })
  type?: string[];

  /** When they were added. */
  @MayBeAbsent()
  @ValidateNested()
  @Type(() => InstantRangeDto)
  createdAt?: InstantRangeDto;
}

const SHOWN = [
  ...(['id', 'endpointId', 'eventId', 'type', 'sequence', 'status', 'attemptCount'] as const),
  ...(['statusCode', 'nextAttemptAt', 'createdAt', 'endedAt'] as const),
] as const;

/** An event for an endpoint. */
export class WebhookDeliveryResponseDto extends PickType(WebhookDelivery, SHOWN) {}

/** One try to deliver: what was sent, and what was answered. */
export class WebhookAttemptResponseDto extends OmitType(WebhookAttempt, [
  'deliveryId',
  'requestHeaders',
  'responseHeaders',
] as const) {
  /** The signature is masked. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { 'webhook-id': '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', 'webhook-timestamp': '1768469400' },
  })
  requestHeaders: Record<string, string>;

  /** What could be a secret is masked; null without an answer. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    example: { 'content-type': 'text/plain' },
  })
  responseHeaders: Record<string, string> | null;
}

/** An event for an endpoint, with its latest tries. */
export class WebhookDeliveryDetailResponseDto extends WebhookDeliveryResponseDto {
  /** The latest tries, newest first. */
  @ApiProperty({ type: [WebhookAttemptResponseDto] })
  attempts: WebhookAttemptResponseDto[];
}

/** One page of deliveries, newest first. */
export class WebhookDeliveryPageDto extends PageOf(WebhookDeliveryResponseDto) {}

export const toWebhookDeliveryResponse = (delivery: WebhookDelivery): WebhookDeliveryResponseDto =>
  shown(delivery, SHOWN);

export function toWebhookDeliveryDetailResponse(
  delivery: WebhookDelivery,
  attempts: readonly WebhookAttempt[],
): WebhookDeliveryDetailResponseDto {
  return { ...shown(delivery, SHOWN), attempts: attempts.map(({ deliveryId: _, ...attempt }) => attempt) };
}
