import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** One mail that was asked for, by the key that makes it one. */
@Entity('mails')
@Unique('mails_dedupe_key_key', ['dedupeKey'])
@Check('mails_sealed_data_check', `sealed_data IS NULL OR sent_at IS NULL`)
@Index('mails_created_at_idx', ['createdAt'])
@Index('mails_sealed_idx', ['createdAt'], { where: 'sealed_data IS NOT NULL' })
@Index('mails_recipient_idx', { synchronize: false })
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

  /** What to call the recipient of a mail that waits; null once it has been sent. */
  @Column({ type: 'text', nullable: true })
  recipientName: string | null;

  /** The language that the recipient wants (BCP 47); null for that of the shop. */
  @Column({ type: 'text', nullable: true })
  locale: string | null;

  /** Of a mail that waits: its data as encrypted JSON, which may hold a token; null once it has been sent, or need not be any more. */
  @Column({ type: 'bytea', nullable: true, select: false })
  sealedData: Buffer | null;

  @CreateDateColumn({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Until when the process that sends it is presumed alive; null when nobody is sending. */
  @Column({ type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  sentAt: Date | null;
}
