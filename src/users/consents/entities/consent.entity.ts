import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What a person can agree to. */
export const CONSENT_PURPOSES = ['marketing_email', 'marketing_sms', 'analytics', 'terms', 'privacy'] as const;
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number];

/** One time that a user agreed or took it back; append-only, also by a trigger of the database. The newest of a purpose counts. */
@Entity('consents')
@Index('consents_user_id_purpose_position_idx', ['userId', 'purpose', 'position'])
@Check('consents_purpose_check', `purpose IN (${CONSENT_PURPOSES.map((purpose) => `'${purpose}'`).join(', ')})`)
export class Consent {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('User')
  userId: string;

  /** From 1, without gaps, per user. */
  @PrimaryColumn({ type: 'int' })
  position: number;

  @Column({ type: 'text' })
  purpose: ConsentPurpose;

  @Column({ type: 'boolean' })
  granted: boolean;

  /** Which wording was agreed to. */
  @Column({ type: 'text' })
  documentVersion: string;

  /** Through what it was said, such as `account`. */
  @Column({ type: 'text' })
  source: string;

  /** Network address it came from; the only column that may change, to null. */
  @Column({ type: 'text', nullable: true })
  address: string | null;

  @Column({ type: 'timestamptz' })
  at: Date;
}
