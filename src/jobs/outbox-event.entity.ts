import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** One event of the log: written in the transaction of the change, published to the queues by the relay afterwards. */
@Entity('outbox_events')
@Unique('outbox_events_aggregate_version_key', ['aggregateId', 'aggregateVersion', 'type'])
@Index('outbox_events_unpublished_idx', ['id'], { where: 'published_at IS NULL' })
export class OutboxEvent {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** `<aggregate>.<what happened>`, such as `order.confirmed`. */
  @Column({ type: 'text' })
  type: string;

  @Column({ type: 'text' })
  aggregateType: string;

  @Column({ type: 'uuid' })
  aggregateId: string;

  @Column({ type: 'int' })
  aggregateVersion: number;

  @Column({ type: 'jsonb' })
  data: Record<string, unknown>;

  @Column({ type: 'text', nullable: true })
  requestId: string | null;

  @Column({ type: 'timestamptz' })
  occurredAt: Date;

  /** Place in the published order; assigned by the relay, so that a reader paging by it never skips a late commit. */
  @Column({ type: 'bigint', nullable: true, unique: true })
  sequence: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  @Index('outbox_events_published_at_idx')
  publishedAt: Date | null;
}
