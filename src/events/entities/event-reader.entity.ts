import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who reads the log of events by themselves, and how far they have come. */
@Entity('event_readers')
export class EventReader {
  @PrimaryColumn({ type: 'text' })
  name: string;

  /** Of the last event that has been dealt with. */
  @Column({ type: 'bigint' })
  sequence: string;

  /** The process that is reading for an engine outside; null when none is, and for readers that deal with events in a transaction. */
  @Column({ type: 'uuid', nullable: true })
  holder: string | null;

  /** Until when that process is presumed alive. */
  @Column({ type: 'timestamptz', nullable: true })
  leasedUntil: Date | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
