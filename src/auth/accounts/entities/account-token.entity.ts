import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** What a token that was sent by mail is good for. */
export type TokenPurpose = 'verify_email' | 'reset_password' | 'magic_link';

/** A token that was sent to a user's address and works once; at most one of a purpose is unused. */
@Entity('account_tokens')
@Check('account_tokens_purpose_check', `purpose IN ('verify_email', 'reset_password', 'magic_link')`)
@Index('account_tokens_unused_key', ['userId', 'purpose'], { unique: true, where: 'used_at IS NULL' })
export class AccountToken {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  @Column({ type: 'text' })
  purpose: TokenPurpose;

  /** The address it was sent to: of no use once the account has another. */
  @Column({ type: 'text' })
  emailCanonical: string;

  /** SHA-256 of the token. */
  @Column({ type: 'bytea', unique: true })
  tokenHash: Buffer;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  usedAt: Date | null;
}

/** A change of e-mail address that waits for both addresses to confirm it; one a user. */
@Entity('email_changes')
export class EmailChange {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** The address that would be given up. */
  @Column({ type: 'text' })
  oldCanonical: string;

  @Column({ type: 'text' })
  newEmail: string;

  @Column({ type: 'text' })
  newCanonical: string;

  @Column({ type: 'bytea', unique: true })
  oldTokenHash: Buffer;

  @Column({ type: 'bytea', unique: true })
  newTokenHash: Buffer;

  @Column({ type: 'timestamptz', nullable: true })
  oldConfirmedAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  newConfirmedAt: Date | null;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;
}
