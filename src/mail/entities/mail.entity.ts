import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn, Unique, VirtualColumn } from 'typeorm';

/** Not handed over, or refused; perhaps handed over; handed over. */
export const MAIL_STATUSES = ['unsent', 'uncertain', 'sent'] as const;
export type MailStatus = (typeof MAIL_STATUSES)[number];

/** SQL of what is known of the mail that goes by the name of `mail`. */
export const mailStatusSql = (mail: string): string =>
  `CASE WHEN ${mail}.sent_at IS NOT NULL THEN 'sent'
    WHEN ${mail}.handing_over_since IS NOT NULL AND coalesce(${mail}.lease_until <= clock_timestamp(), true) THEN 'uncertain'
    ELSE 'unsent' END`;

/** One mail that was asked for, by the key that makes it one. */
@Entity('mails')
@Unique('mails_dedupe_key_key', ['dedupeKey'])
@Check('mails_sealed_data_check', `sealed_data IS NULL OR sent_at IS NULL`)
@Index('mails_created_at_idx', ['createdAt'])
@Check('mails_handing_over_check', `handing_over_since IS NULL OR sent_at IS NULL`)
@Index('mails_unsent_idx', ['createdAt', 'id'], { where: 'sent_at IS NULL' })
@Index('mails_recipient_idx', { synchronize: false })
export class Mail {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** What the mail is about, by ids; a second mail with the same key is not sent. @example "order.confirmed:01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @Column({ type: 'text' })
  dedupeKey: string;

  /** @example "order-confirmation" */
  @Column({ type: 'text' })
  template: string;

  @Column({ type: 'text' })
  recipient: string;

  /** What to call the recipient of a mail that waits or is uncertain; null once it has been sent. */
  @Column({ type: 'text', nullable: true })
  recipientName: string | null;

  /** The language that the recipient wants (BCP 47); null for that of the shop. */
  @Column({ type: 'text', nullable: true })
  locale: string | null;

  /** Of a mail that waits or is uncertain: its data as encrypted JSON, which may hold a token; null once it has been sent, or need not be any more. */
  @Column({ type: 'bytea', nullable: true, select: false })
  sealedData: Buffer | null;

  /** When it was asked for. @example "2026-01-15T09:30:00.000Z" */
  @CreateDateColumn({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Until when the process that sends it is presumed alive; null when nobody is sending. */
  @Column({ type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  /** Since when the mail server may have it; null before that, after a refusal, and once it is known to have been sent. @example "2026-01-15T09:30:01.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  handingOverSince: Date | null;

  /** When the mail server took it. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  sentAt: Date | null;

  /** How often staff have had it sent again without knowing whether it had arrived. @example 0 */
  @Column({ type: 'int', default: 0 })
  resends: number;

  /** `uncertain` when the mail server may have it: it did not answer, or the process that was sending it died. @example "uncertain" */
  @VirtualColumn({ query: mailStatusSql })
  status: MailStatus;
}
