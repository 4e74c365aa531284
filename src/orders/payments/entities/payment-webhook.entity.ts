import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** `received`: to be processed. `processed`: its news is in the books, or was none. `failed`: it could not be processed, and is tried again. */
export const PAYMENT_WEBHOOK_STATUSES = ['received', 'processed', 'failed'] as const;

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
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  provider: string;

  /** The provider's id of the event. */
  @Column({ type: 'text' })
  eventId: string;

  /** The bytes as they came; null once they are past their time. */
  @Column({ type: 'bytea', nullable: true })
  body: Buffer | null;

  /** The payment that it is about, once that is known. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Payment')
  @Index('payment_webhooks_payment_id_idx')
  paymentId: string | null;

  @Column({ type: 'text', default: 'received' })
  status: (typeof PAYMENT_WEBHOOK_STATUSES)[number];

  /** Why the last attempt to process it failed. */
  @Column({ type: 'text', nullable: true })
  error: string | null;

  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz' })
  receivedAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  processedAt: Date | null;
}
