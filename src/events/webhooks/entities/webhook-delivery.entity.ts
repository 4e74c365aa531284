import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';
import type { EventResponseDto } from '../../dto/event-response.dto.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** `pending` until it has been taken, or given up. */
export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One event for one endpoint. */
@Entity('webhook_deliveries')
@Unique('webhook_deliveries_endpoint_event_key', ['endpointId', 'eventId'])
@Index('webhook_deliveries_endpoint_id_idx', ['endpointId', 'id'])
@Index('webhook_deliveries_due_idx', ['endpointId', 'nextAttemptAt'], { where: "status = 'pending'" })
@Index('webhook_deliveries_leased_idx', ['endpointId'], { where: 'leased_until IS NOT NULL' })
@Index('webhook_deliveries_ended_at_idx', ['endedAt'], { where: 'ended_at IS NOT NULL' })
@Check('webhook_deliveries_status_check', `status IN ('pending', 'succeeded', 'failed')`)
@Check(
  'webhook_deliveries_ended_check',
  `(status = 'pending') = (ended_at IS NULL) AND (status = 'pending') = (next_attempt_at IS NOT NULL)`,
)
export class WebhookDelivery {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e91" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e92" */
  @Column({ type: 'uuid' })
  @ForeignKey(() => WebhookEndpoint, { onDelete: 'CASCADE' })
  endpointId: string;

  /** Sent as `webhook-id`, the same with every try. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @Column({ type: 'uuid' })
  eventId: string;

  /** @example "order.confirmed" */
  @Column({ type: 'text' })
  type: string;

  /** Place of the event in the log; null for a test. @example 1042 */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  sequence: number | null;

  /** The envelope of an event that is not in the log. */
  @Column({ type: 'jsonb', nullable: true })
  event: EventResponseDto | null;

  /** @example "succeeded" */
  @Column({ type: 'text', default: 'pending' })
  status: DeliveryStatus;

  /** How often it has been sent, the try under way included. @example 1 */
  @Column({ type: 'int', default: 0 })
  attemptCount: number;

  /** When it is sent next; while it is being sent, when that counts as given up. Null once it has ended. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  nextAttemptAt: Date | null;

  /** Of the process that is sending it. */
  @Column({ type: 'uuid', nullable: true })
  leaseId: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  /** Of the latest answer; null when there was none. @example 200 */
  @Column({ type: 'int', nullable: true })
  statusCode: number | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** When it was taken or given up. @example "2026-01-15T09:30:00.120Z" */
  @Column({ type: 'timestamptz', nullable: true })
  endedAt: Date | null;
}

/** One try to deliver. */
@Entity('webhook_attempts')
@Index('webhook_attempts_delivery_id_idx', ['deliveryId', 'id'])
export class WebhookAttempt {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e93" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => WebhookDelivery, { onDelete: 'CASCADE' })
  deliveryId: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  startedAt: Date;

  /** Until the answer was there, in milliseconds. @example 120 */
  @Column({ type: 'int' })
  durationMs: number;

  /** Null when there was no answer, whatever the reason. @example 200 */
  @Column({ type: 'int', nullable: true })
  statusCode: number | null;

  @Column({ type: 'jsonb' })
  requestHeaders: Record<string, string>;

  /** As it was sent; the resource of a full payload is left out. @example "{\"id\":\"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f\"}" */
  @Column({ type: 'text' })
  requestBody: string;

  @Column({ type: 'jsonb', nullable: true })
  responseHeaders: Record<string, string> | null;

  /** Its beginning. @example "ok" */
  @Column({ type: 'text', nullable: true })
  responseBody: string | null;
}

/** A part of the log that is being sent once more. */
@Entity('webhook_replays')
export class WebhookReplay {
  /** That of its operation. */
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Operation', { onDelete: 'CASCADE' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => WebhookEndpoint, { onDelete: 'CASCADE' })
  @Index()
  endpointId: string;

  /** Filters as those of endpoints. */
  @Column({ type: 'text', array: true })
  types: string[];

  /** Of the last event that has been dealt with. */
  @Column({ type: 'bigint' })
  sequence: string;

  /** Of the last event that is to be sent. */
  @Column({ type: 'bigint' })
  lastSequence: string;

  @Column({ type: 'timestamptz', nullable: true })
  occurredFrom: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  occurredBefore: Date | null;

  /** Deliveries made so far. */
  @Column({ type: 'int', default: 0 })
  count: number;
}
