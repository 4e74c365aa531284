import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

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
