import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { IfMatch } from '../../common/http/etag.js';
import { Location } from '../../common/http/location.decorator.js';
import { Patch, Post } from '../../common/idempotency/write.decorators.js';
import { mapPage, PageQueryDto } from '../../common/pagination/page.dto.js';
import { CurrentActor, RequireScopes } from '../../common/security/access.decorators.js';
import type { Actor } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { OperationResponseDto, toOperationResponse } from '../../operations/dto/operation.dto.js';
import { ScopeExceededError } from '../../users/roles/roles.errors.js';
import {
  ListWebhookDeliveriesDto,
  toWebhookDeliveryDetailResponse,
  toWebhookDeliveryResponse,
  WebhookDeliveryDetailResponseDto,
  WebhookDeliveryPageDto,
  WebhookDeliveryResponseDto,
} from './dto/webhook-delivery.dto.js';
import {
  CreateWebhookEndpointDto,
  NewWebhookEndpointResponseDto,
  ReplayWebhooksDto,
  RotateWebhookSecretDto,
  toWebhookEndpointResponse,
  UpdateWebhookEndpointDto,
  WebhookEndpointPageDto,
  WebhookEndpointResponseDto,
} from './dto/webhook-endpoint.dto.js';
import { WebhookDeliveriesService } from './webhook-deliveries.service.js';
import { type NewWebhookEndpoint, WebhookEndpointsService } from './webhook-endpoints.service.js';
import { WebhookReplaysService } from './webhook-replays.service.js';
import {
  TooManyWebhookEndpointsError,
  UnknownEventTypesError,
  WebhookBeingDeliveredError,
  WebhookDeliveryNotFoundError,
  WebhookEndpointDisabledError,
  WebhookEndpointNotFoundError,
  WebhookEventGoneError,
  WebhookUrlRefusedError,
} from './webhooks.errors.js';

@ApiTags('webhooks')
@Controller('webhook-endpoints')
@RequireScopes('webhooks:write')
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: WebhookEndpointsService,
    private readonly deliveries: WebhookDeliveriesService,
    private readonly replays: WebhookReplaysService,
  ) {}

  /** Lists webhook endpoints, newest first. */
  @Get()
  async findAll(@Query() query: PageQueryDto): Promise<WebhookEndpointPageDto> {
    return mapPage(await this.endpoints.list(query), toWebhookEndpointResponse);
  }

  /** Reads one webhook endpoint. */
  @Get(':id')
  @ApiProblems(WebhookEndpointNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<WebhookEndpointResponseDto> {
    return toWebhookEndpointResponse(await this.endpoints.get(id));
  }

  /**
   * Adds a webhook endpoint.
   *
   * Events are posted to it from now on, signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). The
   * answer shows the secret this once. Any 2xx within 15 seconds takes an event; anything else, redirects included, is tried again with
   * growing pauses for three days. Events come at least once and in no certain order: take each `webhook-id` once, and sort by `sequence`.
   */
  @Post()
  @Location('webhook-endpoints/:id')
  @ApiProblems(WebhookUrlRefusedError, UnknownEventTypesError, ScopeExceededError, TooManyWebhookEndpointsError)
  async create(
    @Body() dto: CreateWebhookEndpointDto,
    @CurrentActor() actor: Actor,
  ): Promise<NewWebhookEndpointResponseDto> {
    return withSecret(await this.endpoints.create(dto, actor));
  }

  /**
   * Changes, pauses or resumes a webhook endpoint.
   *
   * `status: disabled` pauses it: what waits goes on waiting, and what happens meanwhile is not sent. `active` resumes; replay what was missed.
   */
  @Patch(':id')
  @ApiProblems(
    WebhookEndpointNotFoundError,
    VersionMismatchError,
    WebhookUrlRefusedError,
    UnknownEventTypesError,
    ScopeExceededError,
  )
  async update(
    @Param('id', UuidParam) id: string,
    @Body() dto: UpdateWebhookEndpointDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<WebhookEndpointResponseDto> {
    return toWebhookEndpointResponse(await this.endpoints.update(id, dto, actor, expectedVersion));
  }

  /** Removes a webhook endpoint with its deliveries. */
  @Delete(':id')
  @HttpCode(204)
  @ApiProblems(WebhookEndpointNotFoundError, VersionMismatchError)
  remove(@Param('id', UuidParam) id: string, @IfMatch() expectedVersion: number | undefined): Promise<void> {
    return this.endpoints.remove(id, expectedVersion);
  }

  /**
   * Gives a webhook endpoint a new secret.
   *
   * The answer shows it this once. Deliveries carry both signatures for `overlapSeconds`, a day unless you say otherwise; rotating again ends
   * the older one.
   */
  @Post(':id/rotate-secret')
  @HttpCode(200)
  @ApiProblems(WebhookEndpointNotFoundError, VersionMismatchError)
  async rotateSecret(
    @Param('id', UuidParam) id: string,
    @Body() dto: RotateWebhookSecretDto,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<NewWebhookEndpointResponseDto> {
    return withSecret(await this.endpoints.rotateSecret(id, dto.overlapSeconds, expectedVersion));
  }

  /** Sends a test event, `webhook_endpoint.test`. The delivery tells what came of it. */
  @Post(':id/test')
  @HttpCode(202)
  @Location('webhook-deliveries/:id')
  @ApiProblems(WebhookEndpointNotFoundError, WebhookEndpointDisabledError)
  async test(@Param('id', UuidParam) id: string): Promise<WebhookDeliveryResponseDto> {
    return toWebhookDeliveryResponse(await this.deliveries.test(id));
  }

  /**
   * Sends a part of the log again.
   *
   * From a time or from behind a place in the log, each event under its old `webhook-id`. What still waits is not sent twice. The operation
   * tells how far it is.
   */
  @Post(':id/replay')
  @HttpCode(202)
  @Location('operations/:id')
  @ApiProblems(WebhookEndpointNotFoundError, WebhookEndpointDisabledError)
  async replay(
    @Param('id', UuidParam) id: string,
    @Body() dto: ReplayWebhooksDto,
    @CurrentActor() actor: Actor,
  ): Promise<OperationResponseDto> {
    return toOperationResponse(await this.replays.start(id, dto, actor));
  }

  /** Lists the deliveries to a webhook endpoint, newest first. They are kept for 14 days after they have ended. */
  @Get(':id/deliveries')
  @ApiProblems(WebhookEndpointNotFoundError)
  async findDeliveries(
    @Param('id', UuidParam) id: string,
    @Query() query: ListWebhookDeliveriesDto,
  ): Promise<WebhookDeliveryPageDto> {
    return mapPage(await this.deliveries.list(id, query), toWebhookDeliveryResponse);
  }
}

@ApiTags('webhooks')
@Controller('webhook-deliveries')
@RequireScopes('webhooks:write')
export class WebhookDeliveriesController {
  constructor(private readonly deliveries: WebhookDeliveriesService) {}

  /** Reads one delivery with its latest tries. */
  @Get(':id')
  @ApiProblems(WebhookDeliveryNotFoundError)
  async findOne(@Param('id', UuidParam) id: string): Promise<WebhookDeliveryDetailResponseDto> {
    const { delivery, attempts } = await this.deliveries.get(id);
    return toWebhookDeliveryDetailResponse(delivery, attempts);
  }

  /** Sends a delivery again. It may have been taken already. */
  @Post(':id/retry')
  @HttpCode(202)
  @ApiProblems(
    WebhookDeliveryNotFoundError,
    WebhookEndpointDisabledError,
    WebhookEventGoneError,
    WebhookBeingDeliveredError,
  )
  async retry(@Param('id', UuidParam) id: string): Promise<WebhookDeliveryResponseDto> {
    return toWebhookDeliveryResponse(await this.deliveries.retry(id));
  }
}

const withSecret = ({ endpoint, secret }: NewWebhookEndpoint): NewWebhookEndpointResponseDto => {
  return { ...toWebhookEndpointResponse(endpoint), secret };
};
