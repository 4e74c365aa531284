import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who reads the log of events by themselves, and how far they have come. */
@Entity('event_readers')
export class EventReader {
  @PrimaryColumn({ type: 'text' })
  name: string;

  /** Of the last event that has been dealt with. */
  @Column({ type: 'bigint' })
  sequence: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
