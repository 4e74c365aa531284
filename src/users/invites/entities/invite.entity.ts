import { Column, Entity, ForeignKey, Index, VirtualColumn } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';
import { User } from '../../entities/user.entity.js';

/** Where an invite stands; only a pending one can be accepted. */
export const INVITE_STATUSES = ['pending', 'accepted', 'revoked', 'expired'] as const;
export type InviteStatus = (typeof INVITE_STATUSES)[number];

/** SQL of where the invite stands that goes by the name of `invite`. */
export const inviteStatusSql = (invite: string): string =>
  `CASE WHEN ${invite}.accepted_at IS NOT NULL THEN 'accepted' WHEN ${invite}.revoked_at IS NOT NULL THEN 'revoked'
    WHEN ${invite}.expires_at <= now() THEN 'expired' ELSE 'pending' END`;

/** Somebody is asked to join the staff, or to choose the password of an account that staff made for them. */
@Entity('invites')
@Index('invites_email_canonical_idx', ['emailCanonical'])
@Index('invites_open_key', ['emailCanonical'], {
  unique: true,
  where: '(accepted_at IS NULL) AND (revoked_at IS NULL)',
})
export class Invite extends Resource {
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

  @VirtualColumn({ query: inviteStatusSql })
  status: InviteStatus;
}
