import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** One mail that was asked for, by the key that makes it one. */
@Entity('mails')
@Unique('mails_dedupe_key_key', ['dedupeKey'])
@Index('mails_created_at_idx', ['createdAt'])
export class Mail {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** What the mail is about, such as `order-confirmation:<order id>`; a second mail with the same key is not sent. */
  @Column({ type: 'text' })
  dedupeKey: string;

  @Column({ type: 'text' })
  template: string;

  @Column({ type: 'text' })
  recipient: string;

  @CreateDateColumn({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Until when the process that sends it is presumed alive; null when nobody is sending. */
  @Column({ type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  sentAt: Date | null;
}
