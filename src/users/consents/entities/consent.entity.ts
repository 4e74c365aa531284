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

  /** True when it was agreed to, false when it was taken back. @example true */
  @Column({ type: 'boolean' })
  granted: boolean;

  /** Which wording was shown. @example "2026-01" */
  @Column({ type: 'text' })
  documentVersion: string;

  /** Through what it was said. @example "account" */
  @Column({ type: 'text' })
  source: string;

  /** The network address it came from; forgotten when the account is erased. @example "192.0.2.1" */
  @Column({ type: 'text', nullable: true })
  address: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  at: Date;
}
