import { applyDecorators } from '@nestjs/common';
import { PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { OF_RESOURCE, shown } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { HasDefault, MayBeAbsent, MergePatchOf, NeedsAnyOf } from '../../../common/validation/decorators.js';
import { InstantAsDate } from '../../../common/validation/instant.js';
import {
  WEBHOOK_PAYLOADS,
  WEBHOOK_STATUSES,
  WebhookEndpoint,
  type WebhookPayload,
  type WebhookStatus,
} from '../entities/webhook-endpoint.entity.js';

const MOST_TYPES = 100;

/** A member that lists types of events, by name or by what they begin with. */
const AreEventTypes = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MOST_TYPES),
    ArrayUnique({ message: 'must name each type once' }),
    MaxLength(100, { each: true }),
    Matches(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/, {
      each: true,
      message: 'must be types of events, such as order.placed, order.* or *',
    }),
  );

/** A new webhook endpoint. */
export class CreateWebhookEndpointDto {
  /**
   * Where events are posted to: https, at an address that anybody on the internet can reach.
   * @example "https://erp.example.com/hooks/storehouse"
   */
  @IsString()
  @MaxLength(2000)
  url: string;

  /** @example "Orders for the ERP" */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  description?: string | null;

  /**
   * Which events: types, `order.*` for all of one aggregate, `*` for all.
   * @example ["order.*", "payment.refunded"]
   */
  @AreEventTypes()
  types: string[];

  /**
   * `thin` sends the event with its ids; `full` adds the resource that it is about, as it is when the event is sent, up to 20 kB.
   * @example "thin"
   */
  @HasDefault()
  @IsIn(WEBHOOK_PAYLOADS)
  payload?: WebhookPayload = 'thin';

  /**
   * `disabled` sends nothing; what happens meanwhile is not sent later, unless it is replayed.
   * @example "active"
   */
  @HasDefault()
  @IsIn(WEBHOOK_STATUSES)
  status?: WebhookStatus = 'active';
}

/** Changes to a webhook endpoint (JSON Merge Patch). */
export class UpdateWebhookEndpointDto extends MergePatchOf(CreateWebhookEndpointDto) {}

/** How to change over to a new secret. */
export class RotateWebhookSecretDto {
  /**
   * For how many seconds deliveries are also signed with the old secret; 0 ends it at once.
   * @example 86400
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlapSeconds: number = 86_400;
}

/** Which events to send once more. */
@NeedsAnyOf('after', 'from')
export class ReplayWebhooksDto {
  /**
   * Those that happened at this time or later.
   * @example "2026-01-15T00:00:00Z"
   */
  @ValidateIf(({ from, after }: ReplayWebhooksDto) => from !== undefined || after === undefined)
  @InstantAsDate()
  from?: Date;

  /**
   * Those that happened before this time; until now when absent.
   * @example "2026-01-16T00:00:00Z"
   */
  @MayBeAbsent()
  @InstantAsDate()
  to?: Date;

  /**
   * Those behind this place in the log: the `sequence` of the last event that was taken.
   * @example 1042
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;

  /**
   * Only these of the types that the endpoint gets.
   * @example ["order.placed"]
   */
  @MayBeAbsent()
  @AreEventTypes()
  types?: string[];
}

const SHOWN = [
  ...OF_RESOURCE,
  ...(['url', 'description', 'types', 'payload', 'status', 'disabledReason', 'disabledAt'] as const),
  ...(['failingSince', 'pausedUntil', 'previousSecretEndsAt', 'creatorId'] as const),
] as const;

/** Where somebody outside receives events. */
export class WebhookEndpointResponseDto extends PickType(WebhookEndpoint, SHOWN) {}

/** A webhook endpoint with its secret, which is shown this once. */
export class NewWebhookEndpointResponseDto extends WebhookEndpointResponseDto {
  /**
   * What deliveries are signed with, as Standard Webhooks writes it; nobody can show it again.
   * @example "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfSYoFLdP0="
   */
  secret: string;
}

/** One page of webhook endpoints, newest first. */
export class WebhookEndpointPageDto extends PageOf(WebhookEndpointResponseDto) {}

export function toWebhookEndpointResponse(endpoint: WebhookEndpoint): WebhookEndpointResponseDto {
  const { previousSecretEndsAt: endsAt } = endpoint;
  return { ...shown(endpoint, SHOWN), previousSecretEndsAt: endsAt !== null && endsAt > new Date() ? endsAt : null };
}
