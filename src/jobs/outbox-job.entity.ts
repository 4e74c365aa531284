import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OutboxEvent } from './outbox-event.entity.js';

/** One event handed to one queue: open until its processor says that it is done, so that a wiped Redis loses nothing. */
@Entity('outbox_jobs')
@Index('outbox_jobs_open_idx', ['enqueuedAt'], { where: 'completed_at IS NULL' })
@Index('outbox_jobs_completed_at_idx', ['completedAt'], { where: 'completed_at IS NOT NULL' })
export class OutboxJob {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => OutboxEvent, { onDelete: 'CASCADE' })
  eventId: string;

  @PrimaryColumn({ type: 'text' })
  queue: string;

  /** When the job was last handed to its queue. */
  @Column({ type: 'timestamptz' })
  enqueuedAt: Date;

  /** When the run that completed the job began; against `occurredAt` of the event it tells how long the job had to wait. */
  @Column({ type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  completedAt: Date | null;
}
