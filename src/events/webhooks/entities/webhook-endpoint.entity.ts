import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';

export const WEBHOOK_STATUSES = ['active', 'disabled'] as const;
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** `thin` is the event; `full` adds the resource that it is about. */
export const WEBHOOK_PAYLOADS = ['thin', 'full'] as const;
export type WebhookPayload = (typeof WEBHOOK_PAYLOADS)[number];

/** Staff said so; the receiver answered 410; or it has done nothing but fail for five days. */
export const DISABLED_REASONS = ['paused', 'gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Where somebody outside receives events. */
@Entity('webhook_endpoints')
@Check('webhook_endpoints_status_check', `status IN ('active', 'disabled')`)
@Check('webhook_endpoints_payload_check', `payload IN ('thin', 'full')`)
@Check(
  'webhook_endpoints_disabled_check',
  `(status = 'disabled') = (disabled_reason IS NOT NULL) AND (status = 'disabled') = (disabled_at IS NOT NULL)`,
)
@Check('webhook_endpoints_previous_check', `(previous_secret IS NULL) = (previous_secret_ends_at IS NULL)`)
export class WebhookEndpoint extends Resource {
  /** @example "https://erp.example.com/hooks/storehouse" */
  @Column({ type: 'text' })
  url: string;

  /** @example "Orders for the ERP" */
  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** Types of events, `order.*` for all of one aggregate, `*` for all. @example ["order.*", "payment.refunded"] */
  @Column({ type: 'text', array: true })
  types: string[];

  /** @example "thin" */
  @Column({ type: 'text', default: 'thin' })
  payload: WebhookPayload;

  /** @example "active" */
  @Column({ type: 'text', default: 'active' })
  status: WebhookStatus;

  /** Why it is disabled: `paused` by staff, `gone` by an answer of 410, `failing` for five days. @example null */
  @Column({ type: 'text', nullable: true })
  disabledReason: DisabledReason | null;

  /** @example null */
  @Column({ type: 'timestamptz', nullable: true })
  disabledAt: Date | null;

  /** Since when nothing has been taken; null while the last answer was a good one. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  failingSince: Date | null;

  /** Until when the receiver has asked for peace, by `Retry-After`. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  pausedUntil: Date | null;

  /** The user who made it, and hears of its end. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90" */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User', { onDelete: 'SET NULL' })
  @Index()
  creatorId: string | null;

  /** Encrypted, as every signature needs it. */
  @Column({ type: 'bytea' })
  secret: Buffer;

  /** The one before the latest rotation. */
  @Column({ type: 'bytea', nullable: true })
  previousSecret: Buffer | null;

  /** Until when deliveries are also signed with the secret before the latest rotation. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  previousSecretEndsAt: Date | null;

  /** Place in the log behind which its events begin. */
  @Column({ type: 'bigint', default: 0 })
  afterSequence: string;
}
