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
  /** Where it went. @example "grace@example.com" */
  @Column({ type: 'text' })
  email: string;

  @Column({ type: 'text' })
  emailCanonical: string;

  /** How they are addressed. @example "Grace Hopper" */
  @Column({ type: 'text', nullable: true })
  name: string | null;

  /** Names of the roles that accepting it gives. @example ["support"] */
  @Column({ type: 'text', array: true })
  roles: string[];

  /** SHA-256 of the token in the mail. */
  @Column({ type: 'bytea', unique: true, select: false })
  tokenHash: Buffer;

  /** The account that staff made for the address, with its roles, if it waits for its first password. @example null */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  @Index()
  preparedUserId: string | null;

  /** The user who answers for it; null when they are gone. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90" */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  @Index()
  invitedBy: string | null;

  /** The user who accepted it. @example null */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  @Index()
  acceptedBy: string | null;

  /** @example null */
  @Column({ type: 'timestamptz', nullable: true })
  acceptedAt: Date | null;

  /** @example null */
  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  /** @example "2026-01-18T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  /** `revoked` also when a newer invite to the same address has replaced it. @example "pending" */
  @VirtualColumn({ query: inviteStatusSql })
  status: InviteStatus;
}
