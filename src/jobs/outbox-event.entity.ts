import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** One event of the log: written in the transaction of the change, published to the queues by the relay afterwards. */
@Entity('outbox_events')
@Unique('outbox_events_aggregate_version_key', ['aggregateId', 'aggregateVersion', 'type'])
@Index('outbox_events_unpublished_idx', ['arrival'], { where: 'published_at IS NULL' })
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

  /**
   * Drawn from one sequence as the event is written, while the row of what it is about is locked: of one aggregate, later versions have later
   * numbers, which ids have not, as they are made by the clocks of instances. What was published before there was the number has none.
   */
  @Column({
    type: 'bigint',
    nullable: true,
    default: () => `nextval('outbox_arrival_seq')`,
    insert: false,
    update: false,
  })
  arrival: string | null;

  /** Place in the published order; assigned by the relay, so that a reader paging by it never skips a late commit. */
  @Column({ type: 'bigint', nullable: true, unique: true })
  sequence: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  @Index('outbox_events_published_at_idx')
  publishedAt: Date | null;
}
