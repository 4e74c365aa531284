import { ApiProperty } from '@nestjs/swagger';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** `received`: to be processed. `processed`: its news is in the books, or was none. `failed`: it could not be processed, and is tried again. */
export const PAYMENT_WEBHOOK_STATUSES = ['received', 'processed', 'failed'] as const;
export type PaymentWebhookStatus = (typeof PAYMENT_WEBHOOK_STATUSES)[number];

/** A webhook of a payment provider as it came in, kept before anything is made of it. */
@Entity('payment_webhooks')
@Unique('payment_webhooks_provider_event_id_key', ['provider', 'eventId'])
@Index('payment_webhooks_open_idx', ['receivedAt'], { where: "status <> 'processed'" })
@Index('payment_webhooks_received_at_id_idx', ['receivedAt', 'id'])
@Check(
  'payment_webhooks_status_check',
  `status IN (${PAYMENT_WEBHOOK_STATUSES.map((status) => `'${status}'`).join(', ')})`,
)
export class PaymentWebhook {
  /** @example "01970c1e-9f10-7c3a-8a55-5f3c6f1d2b4e" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /**
   * Who told it.
   * @example "fake"
   */
  @Column({ type: 'text' })
  provider: string;

  /**
   * The provider's id of the event.
   * @example "evt_1NG8Du2eZvKYlo2CUI79vXWy"
   */
  @Column({ type: 'text' })
  eventId: string;

  /** The bytes as they came; null once they are past their time. */
  @Column({ type: 'bytea', nullable: true })
  body: Buffer | null;

  /**
   * The payment that it is about, once that is known; null when it is about none.
   * @example "01970c1e-7e55-7a51-9d6f-0c8f6d0b1a2e"
   */
  @ApiProperty({ type: String, nullable: true })
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Payment')
  @Index('payment_webhooks_payment_id_idx')
  paymentId: string | null;

  /**
   * `failed` is tried again by itself.
   * @example "processed"
   */
  @Column({ type: 'text', default: 'received' })
  @ApiProperty({ enum: PAYMENT_WEBHOOK_STATUSES })
  status: PaymentWebhookStatus;

  /**
   * Why the last attempt to process it failed; null when it did not.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  @Column({ type: 'text', nullable: true })
  error: string | null;

  /**
   * How often it has been processed, or tried to be.
   * @example 1
   */
  @Column({ type: 'int', default: 0 })
  attempts: number;

  /** @example "2026-03-01T10:00:00.000Z" */
  @Column({ type: 'timestamptz' })
  receivedAt: Date;

  /**
   * When it was processed; null while it is not.
   * @example "2026-03-01T10:00:00.100Z"
   */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  @Column({ type: 'timestamptz', nullable: true })
  processedAt: Date | null;
}
