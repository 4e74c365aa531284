import { Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../../../common/pagination/page.dto.js';
import { Pages } from '../../../database/pages.js';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import type { PaymentProviderName } from '../provider-list.js';
import { PaymentWebhook, type PaymentWebhookStatus } from './payment-webhook.entity.js';

/** What a list of webhooks is narrowed to. */
export interface PaymentWebhookFilter {
  readonly provider?: PaymentProviderName;
  readonly status?: PaymentWebhookStatus;
}

/** Days that the bytes of a webhook are kept, and that it is known to have come. */
const BODY_DAYS = 30;
const ROW_DAYS = 90;
/** Attempts to process one that nobody has looked at; further ones are for people. */
const MAX_ATTEMPTS = 20;

/** Webhooks of providers as they came in. */
@Injectable()
export class PaymentWebhooksRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  /** Keeps a webhook. @returns false when this event of the provider is known already. */
  insert({ id, provider, eventId, body, receivedAt }: PaymentWebhook): Promise<boolean> {
    // One statement decides which of several twins is the first.
    return this.transactions.executeOne(
      `INSERT INTO payment_webhooks (id, provider, event_id, body, received_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (provider, event_id) DO NOTHING`,
      [id, provider, eventId, body, receivedAt],
    );
  }

  find(id: string): Promise<PaymentWebhook | null> {
    return this.transactions.manager.findOneBy(PaymentWebhook, { id });
  }

  /** Records that a webhook is processed, or why it could not be. */
  async settle(id: string, paymentId: string | null, error: string | null, now: Date): Promise<void> {
    await this.transactions.execute(
      `UPDATE payment_webhooks SET status = CASE WHEN $3::text IS NULL THEN 'processed' ELSE 'failed' END, error = $3::text,
         payment_id = coalesce($2::uuid, payment_id), attempts = attempts + 1, processed_at = CASE WHEN $3::text IS NULL THEN $4::timestamptz END
       WHERE id = $1`,
      [id, paymentId, error, now],
    );
  }

  /** Webhooks that came before `before` and are not processed; the more often it has failed, the longer each waits. Oldest first. */
  async findOpen(before: Date, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT id FROM payment_webhooks
       WHERE status <> 'processed' AND body IS NOT NULL AND attempts < $3
         AND received_at + attempts * attempts * interval '1 minute' <= $1
       ORDER BY received_at LIMIT $2`,
      [before, limit, MAX_ATTEMPTS],
    );
    return rows.map(({ id }) => id);
  }

  /** One page of webhooks, newest first. */
  findPage({ provider, status }: PaymentWebhookFilter, request: PageRequest): Promise<Page<PaymentWebhook>> {
    const query = this.transactions.manager.createQueryBuilder(PaymentWebhook, 'w').where('true');
    if (provider !== undefined) query.andWhere('w.provider = :provider', { provider });
    if (status !== undefined) query.andWhere('w.status = :status', { status });
    const by = ['w.received_at', 'w.id'];
    const context = JSON.stringify(['payment-webhooks', provider, status]);
    return this.pages.of(query, request, { by, isDescending: true, context });
  }

  /** Lets go of up to `limit` bodies that are past their time: they may name people. @returns how many. */
  forgetBodies(limit: number): Promise<number> {
    return this.transactions.execute(
      `UPDATE payment_webhooks SET body = NULL WHERE id IN (
         SELECT id FROM payment_webhooks WHERE body IS NOT NULL AND received_at < now() - interval '${BODY_DAYS} days' LIMIT $1)`,
      [limit],
    );
  }

  /** Deletes up to `limit` webhooks that no provider sends again. @returns how many. */
  purge(limit: number): Promise<number> {
    return this.transactions.purge('payment_webhooks', `received_at < now() - interval '${ROW_DAYS} days'`, limit);
  }
}
