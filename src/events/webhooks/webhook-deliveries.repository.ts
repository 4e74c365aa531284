import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { whereWithin } from '../../database/conditions.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type EventResponseDto, toEventResponse } from '../dto/event-response.dto.js';
import type { LogEvent } from '../event-log.repository.js';
import type { ListWebhookDeliveriesDto } from './dto/webhook-delivery.dto.js';
import { WebhookAttempt, WebhookDelivery } from './entities/webhook-delivery.entity.js';
import type { WebhookEndpoint, WebhookPayload } from './entities/webhook-endpoint.entity.js';
import type { WebhookOutcome } from './webhook-outcome.js';

/** One event that goes to one endpoint. */
export interface NewDelivery {
  readonly endpointId: string;
  readonly event: Pick<LogEvent, 'id' | 'type' | 'sequence'>;
}

/** A delivery that this process is to send. */
export interface ClaimedDelivery extends Pick<WebhookDelivery, 'id' | 'endpointId' | 'attemptCount' | 'eventId'> {
  readonly leaseId: string;
  readonly url: string;
  readonly payload: WebhookPayload;
  readonly secrets: readonly Buffer[];
  readonly failingSince: Date | null;
  /** Null when it is no longer in the log. */
  readonly event: EventResponseDto | null;
}

/** How much may be under way. */
export interface ClaimLimits {
  /** For this process. */
  readonly total: number;
  /** For one endpoint, over all processes. */
  readonly perEndpoint: number;
  readonly leaseSeconds: number;
  /** For how long one that is not noted takes a place: of a process that has died since, nothing is under way any more. */
  readonly placeSeconds: number;
}

/** The event as the log has it; all null when it has none. */
type JoinedEvent = { [Name in keyof Omit<LogEvent, 'id'>]: LogEvent[Name] | null };
type ClaimedRow = Omit<ClaimedDelivery, 'event' | 'secrets'> &
  Pick<WebhookEndpoint, 'secret' | 'previousSecret'> &
  JoinedEvent & { ownEvent: EventResponseDto | null };

/** What is sent to endpoints, and what came of it. Statements of workers are SQL text because of their locks, and run many times a second. */
@Injectable()
export class WebhookDeliveriesRepository {
  constructor(
    @InjectRepository(WebhookDelivery) private readonly deliveries: Repository<WebhookDelivery>,
    @InjectRepository(WebhookAttempt) private readonly attempts: Repository<WebhookAttempt>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  find(id: string): Promise<WebhookDelivery | null> {
    return this.deliveries.findOneBy({ id });
  }

  /** The latest tries of a delivery, newest first. */
  findAttempts(deliveryId: string, limit: number): Promise<WebhookAttempt[]> {
    return this.attempts.find({ where: { deliveryId }, order: { id: 'DESC' }, take: limit });
  }

  /** Newest first. */
  findPage(endpointId: string, list: ListWebhookDeliveriesDto & PageRequest): Promise<Page<WebhookDelivery>> {
    const { status, type, createdAt } = list;
    const query = this.deliveries.createQueryBuilder('d').where({ endpointId });
    if (status) query.andWhere({ status: In(status) });
    if (type) query.andWhere({ type: In(type) });
    whereWithin(query, 'd.createdAt', createdAt);
    const context = `webhook-deliveries ${JSON.stringify([endpointId, status, type, createdAt])}`;
    return this.pages.of(query, list, { by: ['d.id'], isDescending: true, context });
  }

  /** Adds what is not there yet. @returns how many. */
  insert(deliveries: readonly NewDelivery[]): Promise<number> {
    return this.transactions.execute(`${INSERT} ON CONFLICT (endpoint_id, event_id) DO NOTHING`, columnsOf(deliveries));
  }

  /** Adds what is not there yet, and begins anew with what has ended. @returns how many. */
  insertAgain(deliveries: readonly NewDelivery[]): Promise<number> {
    return this.transactions.execute(
      `${INSERT} ON CONFLICT (endpoint_id, event_id) DO UPDATE
         SET status = 'pending', attempt_count = 0, next_attempt_at = clock_timestamp(), ended_at = NULL
         WHERE webhook_deliveries.status <> 'pending'`,
      columnsOf(deliveries),
    );
  }

  /** Adds an event that is not in the log. */
  async insertOwn(delivery: Pick<WebhookDelivery, 'id' | 'endpointId' | 'eventId' | 'type' | 'event'>): Promise<void> {
    await this.deliveries.insert({ ...delivery, nextAttemptAt: () => 'clock_timestamp()' } as object);
  }

  /** Begins anew with a delivery, unless somebody is sending it. @returns whether it does. */
  retry(id: string): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE webhook_deliveries SET status = 'pending', attempt_count = 0, next_attempt_at = clock_timestamp(), ended_at = NULL
       WHERE id = $1 AND (leased_until IS NULL OR leased_until < clock_timestamp())`,
      [id],
    );
  }

  /** True when the event of a delivery can still be read. */
  async hasEvent(id: string): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM webhook_deliveries AS d WHERE id = $1
         AND (event IS NOT NULL OR EXISTS (SELECT 1 FROM outbox_events WHERE outbox_events.id = d.event_id))`,
      [id],
    );
    return rows.length > 0;
  }

  /**
   * Takes deliveries that are due, so that no other process does for the time of the lease.
   *
   * Every endpoint has places of its own, only one while it fails, and those that are waiting get theirs in turn: first the oldest of each,
   * then the second of each. So the thousands that wait for one receiver stand in nobody's way.
   */
  async claim({ total, perEndpoint, leaseSeconds, placeSeconds }: ClaimLimits): Promise<ClaimedDelivery[]> {
    const rows = await this.transactions.query<ClaimedRow>(
      `WITH open AS MATERIALIZED (
         SELECT e.id, CASE WHEN e.failing_since IS NULL THEN $2::int ELSE 1 END
           - (SELECT count(*) FROM webhook_deliveries AS d
              WHERE d.endpoint_id = e.id AND d.leased_until > clock_timestamp() + make_interval(secs => $3::float8 - $4::float8)) AS places
         FROM webhook_endpoints AS e
         WHERE e.status = 'active' AND (e.paused_until IS NULL OR e.paused_until <= clock_timestamp())
           AND EXISTS (SELECT 1 FROM webhook_deliveries AS d
             WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.next_attempt_at <= clock_timestamp())
         FOR NO KEY UPDATE SKIP LOCKED
       ), due AS MATERIALIZED (
         SELECT d.id, d.endpoint_id, d.next_attempt_at FROM open CROSS JOIN LATERAL (
           SELECT id, endpoint_id, next_attempt_at FROM webhook_deliveries
           WHERE endpoint_id = open.id AND status = 'pending' AND next_attempt_at <= clock_timestamp()
           ORDER BY next_attempt_at LIMIT greatest(open.places, 0) FOR UPDATE SKIP LOCKED
         ) AS d
       ), chosen AS MATERIALIZED (
         SELECT id FROM (
           SELECT id, next_attempt_at, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_attempt_at) AS turn FROM due
         ) AS ranked ORDER BY turn, next_attempt_at LIMIT $1
       ), claimed AS (
         UPDATE webhook_deliveries AS d SET attempt_count = attempt_count + 1, lease_id = gen_random_uuid(),
           leased_until = clock_timestamp() + make_interval(secs => $3), next_attempt_at = clock_timestamp() + make_interval(secs => $3)
         FROM chosen WHERE d.id = chosen.id RETURNING d.*
       )
       SELECT d.id, d.endpoint_id AS "endpointId", d.attempt_count AS "attemptCount", d.event_id AS "eventId", d.lease_id AS "leaseId", d.event AS "ownEvent",
         e.url, e.payload, e.failing_since AS "failingSince", e.secret,
         CASE WHEN e.previous_secret_ends_at > clock_timestamp() THEN e.previous_secret END AS "previousSecret",
         l.type, l.aggregate_type AS "aggregateType", l.aggregate_id AS "aggregateId", l.aggregate_version AS "aggregateVersion",
         l.data, l.request_id AS "requestId", l.occurred_at AS "occurredAt", l.sequence
       FROM claimed AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id LEFT JOIN outbox_events AS l ON l.id = d.event_id
       ORDER BY d.sequence`,
      [total, perEndpoint, leaseSeconds, placeSeconds],
    );
    return rows.map(({ secret, previousSecret, ownEvent, ...row }) => ({
      ...row,
      secrets: previousSecret === null ? [secret] : [secret, previousSecret],
      event: ownEvent ?? eventOf(row),
    }));
  }

  /**
   * Writes down a try and what came of it, in one statement; a delivery whose lease another process has taken over stays as that one says.
   *
   * @param attempt Null for an event that could not be sent because it is gone.
   */
  async note(
    { id, endpointId, leaseId }: Pick<ClaimedDelivery, 'id' | 'endpointId' | 'leaseId'>,
    { status, retryInMs, peaceMs }: WebhookOutcome,
    attempt: Omit<WebhookAttempt, 'id' | 'deliveryId'> | null,
  ): Promise<void> {
    await this.transactions.execute(
      `WITH tried AS (
         INSERT INTO webhook_attempts (id, delivery_id, started_at, duration_ms, status_code, request_headers, request_body,
           response_headers, response_body)
         SELECT $1, d.id, $7::timestamptz, $8, $9, $10, $11, $12, $13 FROM webhook_deliveries AS d
         WHERE d.id = $2 AND $7::timestamptz IS NOT NULL
       ), felt AS (
         UPDATE webhook_endpoints SET failing_since = CASE WHEN $5 <> 'succeeded' THEN coalesce(failing_since, $7::timestamptz) END,
           paused_until = clock_timestamp() + make_interval(secs => $14::double precision / 1000)
         WHERE id = $3 AND $7::timestamptz IS NOT NULL
           AND ((failing_since IS NULL) <> ($5 = 'succeeded') OR $14::double precision IS NOT NULL)
       )
       UPDATE webhook_deliveries SET status = $5, status_code = $9, lease_id = NULL, leased_until = NULL,
         next_attempt_at = CASE WHEN $5 = 'pending' THEN clock_timestamp() + make_interval(secs => $6::double precision / 1000) END,
         ended_at = CASE WHEN $5 <> 'pending' THEN clock_timestamp() END
       WHERE id = $2 AND lease_id = $4`,
      [
        newId(),
        ...[id, endpointId, leaseId, status, retryInMs],
        ...[attempt?.startedAt ?? null, attempt?.durationMs ?? 0, attempt?.statusCode ?? null],
        ...[attempt?.requestHeaders ?? {}, attempt?.requestBody ?? ''],
        ...[attempt?.responseHeaders ?? null, attempt?.responseBody ?? null, peaceMs],
      ],
    );
  }

  /** Gives back what could not be sent before the process ends, as if it had not been taken. */
  async giveBack({ id, leaseId }: Pick<ClaimedDelivery, 'id' | 'leaseId'>): Promise<void> {
    await this.transactions.execute(
      `UPDATE webhook_deliveries SET attempt_count = attempt_count - 1, lease_id = NULL, leased_until = NULL, next_attempt_at = clock_timestamp()
       WHERE id = $1 AND lease_id = $2`,
      [id, leaseId],
    );
  }

  /** How many wait for their turn, or for their next try. */
  async countPending(): Promise<number> {
    const row = await this.transactions.queryOne<{ count: number }>(
      `SELECT count(*)::int AS count FROM webhook_deliveries WHERE status = 'pending'`,
    );
    return row!.count;
  }

  /** Deletes up to `limit` deliveries that ended more than `days` ago, with their tries. @returns how many. */
  purgeEnded(days: number, limit: number): Promise<number> {
    return this.transactions.purge('webhook_deliveries', `ended_at < now() - interval '${days} days'`, limit);
  }
}

const INSERT = `INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, sequence, next_attempt_at)
  SELECT *, clock_timestamp() FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::uuid[]), (SELECT $4::text[]),
    (SELECT $5::bigint[]))`;

const columnsOf = (deliveries: readonly NewDelivery[]): unknown[] => [
  deliveries.map(() => newId()),
  deliveries.map(({ endpointId }) => endpointId),
  deliveries.map(({ event }) => event.id),
  deliveries.map(({ event }) => event.type),
  deliveries.map(({ event }) => event.sequence),
];

function eventOf(row: JoinedEvent & Pick<ClaimedRow, 'eventId'>): EventResponseDto | null {
  if (row.type === null) return null;
  return toEventResponse({ ...(row as Omit<LogEvent, 'id'>), id: row.eventId, sequence: Number(row.sequence) });
}
