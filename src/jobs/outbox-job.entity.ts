import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { OutboxEvent } from './outbox-event.entity.js';

/**
 * One event handed to one queue: open until its processor says that it is done, so that a wiped Redis loses nothing. One that has failed for
 * good is a dead letter, which is not handed out again until its next round, or until staff retry it.
 */
@Entity('outbox_jobs')
@Index('outbox_jobs_open_idx', ['enqueuedAt'], { where: 'completed_at IS NULL AND failed_at IS NULL' })
@Index('outbox_jobs_failed_idx', ['failedAt', 'eventId', 'queue'], {
  where: 'completed_at IS NULL AND failed_at IS NOT NULL',
})
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

  /** How many tries have failed, over all rounds. */
  @Column({ type: 'int', default: 0 })
  attempts: number;

  /** Why the last try failed; see `reasonOf`. */
  @Column({ type: 'text', nullable: true })
  lastError: string | null;

  /** When the last try of a round failed. */
  @Column({ type: 'timestamptz', nullable: true })
  failedAt: Date | null;

  /** When it was done, or cancelled. */
  @Column({ type: 'timestamptz', nullable: true })
  completedAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  cancelledAt: Date | null;
}
