import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { raise } from '../../common/errors/domain.error.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type DisabledReason, WebhookEndpoint } from './entities/webhook-endpoint.entity.js';
import { WebhookEndpointDisabledError, WebhookEndpointNotFoundError } from './webhooks.errors.js';

/** Advisory lock of whoever adds an endpoint, in the space of two 32-bit keys: their number is bounded. */
const ADDING_LOCK = '2, 1';

/** What the fan-out knows of an endpoint. */
export type Subscription = Pick<WebhookEndpoint, 'id' | 'types'> & { readonly afterSequence: number };

/** Webhook endpoints. */
@Injectable()
export class WebhookEndpointsRepository {
  constructor(
    @InjectRepository(WebhookEndpoint) private readonly endpoints: Repository<WebhookEndpoint>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  find(id: string): Promise<WebhookEndpoint | null> {
    return this.endpoints.findOneBy({ id });
  }

  lock(id: string): Promise<WebhookEndpoint | null> {
    return this.endpoints.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** @throws WebhookEndpointNotFoundError, WebhookEndpointDisabledError */
  async lockActive(id: string): Promise<WebhookEndpoint> {
    const endpoint = (await this.lock(id)) ?? raise(new WebhookEndpointNotFoundError());
    if (endpoint.status !== 'active') throw new WebhookEndpointDisabledError();
    return endpoint;
  }

  /** Newest first. */
  findPage(request: PageRequest): Promise<Page<WebhookEndpoint>> {
    const query = this.endpoints.createQueryBuilder('e');
    return this.pages.of(query, request, { by: ['e.id'], isDescending: true, context: 'webhook-endpoints' });
  }

  /** Makes others who add one wait until the transaction ends. @returns how many there are. */
  async lockCount(): Promise<number> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock(${ADDING_LOCK})`);
    return this.endpoints.count();
  }

  async insert(endpoint: Partial<WebhookEndpoint>): Promise<void> {
    await this.endpoints.insert(endpoint);
  }

  save(endpoint: WebhookEndpoint): Promise<WebhookEndpoint> {
    return this.endpoints.save(endpoint);
  }

  /** Removes an endpoint with all that was sent to it. */
  async delete(id: string): Promise<void> {
    await this.endpoints.delete({ id });
  }

  /** The place in the log behind which the events of active endpoints begin; null when there is none of them. */
  async findFirstPlace(): Promise<number | null> {
    const row = await this.transactions.queryOne<{ place: string | number | null }>(
      `SELECT min(after_sequence) AS place FROM webhook_endpoints WHERE status = 'active'`,
    );
    return row!.place === null ? null : Number(row!.place);
  }

  /** Those that get events, kept from being removed until the transaction ends. SQL text because every batch of events asks for them. */
  async findSubscriptions(): Promise<Subscription[]> {
    const rows = await this.transactions.query<Omit<Subscription, 'afterSequence'> & { afterSequence: string }>(
      `SELECT id, types, after_sequence AS "afterSequence" FROM webhook_endpoints WHERE status = 'active' FOR KEY SHARE`,
    );
    return rows.map((row) => ({ ...row, afterSequence: Number(row.afterSequence) }));
  }

  /** Disables an endpoint, unless it is already: the statement decides between workers. @returns null when it was. */
  disable(
    id: string,
    reason: DisabledReason,
  ): Promise<Pick<WebhookEndpoint, 'id' | 'version' | 'url' | 'creatorId'> | null> {
    return this.transactions.queryOne(
      `UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = $2, disabled_at = now(), version = version + 1, updated_at = now()
       WHERE id = $1 AND status = 'active' RETURNING id, version, url, creator_id AS "creatorId"`,
      [id, reason],
    );
  }

  /** Ends the peace that a receiver has asked for. */
  async endPeace(id: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE webhook_endpoints SET paused_until = NULL WHERE id = $1 AND paused_until IS NOT NULL`,
      [id],
    );
  }
}
