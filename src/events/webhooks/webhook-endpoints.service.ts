import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { RefusedAddressError } from '../../common/net/outbound-address.js';
import { OutboundRequests } from '../../common/net/outbound-requests.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { beyond } from '../../common/security/scopes.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { ScopeExceededError } from '../../users/roles/roles.errors.js';
import { EventLogRepository } from '../event-log.repository.js';
import { typesOf, unknownFilters } from '../event-types.js';
import type { CreateWebhookEndpointDto, UpdateWebhookEndpointDto } from './dto/webhook-endpoint.dto.js';
import type { WebhookEndpoint } from './entities/webhook-endpoint.entity.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookJournal } from './webhook-journal.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { scopesToRead } from './webhook-subjects.js';
import {
  TooManyWebhookEndpointsError,
  UnknownEventTypesError,
  WebhookEndpointNotFoundError,
  WebhookUrlRefusedError,
} from './webhooks.errors.js';

/** The workers have places for as many, so that none waits for another. */
export const MOST_ENDPOINTS = 50;

/** An endpoint that has just been made or got a new secret, with that. */
export interface NewWebhookEndpoint {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/** Where events are sent to. An endpoint belongs to the shop and not to its maker: it goes on when they leave. */
@Injectable()
export class WebhookEndpointsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly log: EventLogRepository,
    private readonly outbound: OutboundRequests,
    private readonly secrets: WebhookSecrets,
    private readonly journal: WebhookJournal,
  ) {}

  /** @throws WebhookEndpointNotFoundError */
  async get(id: string): Promise<WebhookEndpoint> {
    return (await this.endpoints.find(id)) ?? raise(new WebhookEndpointNotFoundError());
  }

  /** One page of endpoints, newest first. */
  list(request: PageRequest): Promise<Page<WebhookEndpoint>> {
    return this.endpoints.findPage(request);
  }

  /**
   * Adds an endpoint; it gets what is published from now on.
   *
   * @throws WebhookUrlRefusedError, UnknownEventTypesError, TooManyWebhookEndpointsError; ScopeExceededError when full payloads would show what
   * its maker may not read.
   */
  async create(input: CreateWebhookEndpointDto, maker: Actor): Promise<NewWebhookEndpoint> {
    const { description = null, types, status } = input;
    const payload = input.payload ?? 'thin';
    demandTypes(types, payload === 'full', maker);
    const url = await this.checked(input.url);
    const { secret, sealed } = this.secrets.make();
    return this.transactions.run(async () => {
      if ((await this.endpoints.lockCount()) >= MOST_ENDPOINTS) throw new TooManyWebhookEndpointsError();
      const id = newId();
      await this.endpoints.insert({
        ...{ id, url, description, types, payload },
        ...(status === 'disabled' ? { status, disabledReason: 'paused', disabledAt: new Date() } : {}),
        creatorId: responsibleUserId(maker),
        secret: sealed,
        afterSequence: String(await this.log.newest()),
      });
      const endpoint = await this.get(id);
      await this.journal.changed('webhook_endpoint.created', endpoint, { after: factsOf(endpoint) });
      return { endpoint, secret };
    });
  }

  /**
   * Changes an endpoint; members that are absent stay (RFC 7396). One that becomes active again gets what is published from then on.
   *
   * @throws WebhookEndpointNotFoundError, VersionMismatchError, and what `create` does
   */
  async update(
    id: string,
    change: UpdateWebhookEndpointDto,
    actor: Actor,
    expectedVersion: number | undefined,
  ): Promise<WebhookEndpoint> {
    if (change.types) demandTypes(change.types, false, actor);
    const url = change.url === undefined ? undefined : await this.checked(change.url);
    return this.transactions.run(async () => {
      const endpoint = await this.lock(id, expectedVersion);
      const { version, status } = endpoint;
      const before = factsOf(endpoint);
      Object.assign(endpoint, change, url === undefined ? {} : { url });
      if (change.types ?? change.payload) demandTypes(endpoint.types, endpoint.payload === 'full', actor);
      if (endpoint.status !== status) await this.turn(endpoint);
      const changed = await this.endpoints.save(endpoint);
      if (changed.version !== version) {
        await this.journal.changed('webhook_endpoint.changed', changed, { before, after: factsOf(changed) });
      }
      return changed;
    });
  }

  /**
   * Gives an endpoint a new secret at once. Deliveries are also signed with the old one for `overlapSeconds`; one from before that lapses.
   *
   * @throws WebhookEndpointNotFoundError, VersionMismatchError
   */
  rotateSecret(id: string, overlapSeconds: number, expectedVersion: number | undefined): Promise<NewWebhookEndpoint> {
    const { secret, sealed } = this.secrets.make();
    return this.transactions.run(async () => {
      const endpoint = await this.lock(id, expectedVersion);
      const overlaps = overlapSeconds > 0;
      endpoint.previousSecret = overlaps ? endpoint.secret : null;
      endpoint.previousSecretEndsAt = overlaps ? new Date(Date.now() + overlapSeconds * 1_000) : null;
      endpoint.secret = sealed;
      const rotated = await this.endpoints.save(endpoint);
      await this.journal.changed('webhook_endpoint.secret_rotated', rotated, { after: { overlapSeconds } });
      return { endpoint: rotated, secret };
    });
  }

  /** Removes an endpoint with its deliveries. @throws WebhookEndpointNotFoundError, VersionMismatchError */
  remove(id: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const endpoint = await this.lock(id, expectedVersion);
      await this.endpoints.delete(id);
      const removed = { id, version: endpoint.version + 1 };
      await this.journal.changed('webhook_endpoint.removed', removed, { before: factsOf(endpoint) });
    });
  }

  /** @throws WebhookUrlRefusedError */
  private async checked(url: string): Promise<string> {
    try {
      return await this.outbound.check(url);
    } catch (error) {
      throw error instanceof RefusedAddressError ? new WebhookUrlRefusedError(error.message) : error;
    }
  }

  /** What a change of the status brings about. */
  private async turn(endpoint: WebhookEndpoint): Promise<void> {
    if (endpoint.status === 'disabled') {
      Object.assign(endpoint, { disabledReason: 'paused', disabledAt: new Date() });
      return;
    }
    const afterSequence = String(await this.log.newest());
    Object.assign(endpoint, {
      disabledReason: null,
      disabledAt: null,
      failingSince: null,
      pausedUntil: null,
      afterSequence,
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<WebhookEndpoint> {
    const endpoint = (await this.endpoints.lock(id)) ?? raise(new WebhookEndpointNotFoundError());
    assertVersion(endpoint, expectedVersion);
    return endpoint;
  }
}

/** @throws UnknownEventTypesError; ScopeExceededError when their full payloads show what the caller may not read. */
function demandTypes(types: readonly string[], isFull: boolean, { scopes }: Actor): void {
  const unknown = unknownFilters(types);
  if (unknown.length > 0) throw new UnknownEventTypesError(unknown);
  const missing = isFull ? beyond(scopesToRead(typesOf(types)), scopes) : [];
  if (missing.length > 0) throw new ScopeExceededError(missing);
}

/** What goes on record: paths of addresses are often secrets. */
const factsOf = ({ url, types, payload, status }: WebhookEndpoint): Record<string, unknown> => {
  return { origin: new URL(url).origin, types, payload, status };
};
