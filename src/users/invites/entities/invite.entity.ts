import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../entities/user.entity.js';

/** Somebody is asked to join the staff, or to choose the password of an account that staff made for them. */
@Entity('invites')
@Index('invites_email_canonical_idx', ['emailCanonical'])
@Index('invites_open_key', ['emailCanonical'], {
  unique: true,
  where: '(accepted_at IS NULL) AND (revoked_at IS NULL)',
})
export class Invite {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  email: string;

  @Column({ type: 'text' })
  emailCanonical: string;

  @Column({ type: 'text', nullable: true })
  name: string | null;

  /** What accepting it gives. */
  @Column({ type: 'text', array: true })
  roles: string[];

  /** SHA-256 of the token in the mail. */
  @Column({ type: 'bytea', unique: true, select: false })
  tokenHash: Buffer;

  /** The account that staff made for the address, which has its roles already; null when accepting makes or finds one. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  preparedUserId: string | null;

  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  @Index()
  invitedBy: string | null;

  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  @Index()
  acceptedBy: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  acceptedAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
