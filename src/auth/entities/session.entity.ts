import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** One sign-in of a user on one device, from login to logout or its end. */
@Entity('sessions')
export class Session {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  @Column({ type: 'text', nullable: true })
  userAgent: string | null;

  @Column({ type: 'text', nullable: true })
  address: string | null;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  /** The latest sign-in or refresh. */
  @Column({ type: 'timestamptz' })
  lastUsedAt: Date;

  /** The absolute end; refreshing does not move it. */
  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  /** `logout`, `ended` (from another session) or `refresh_reused`. */
  @Column({ type: 'text', nullable: true })
  revokedReason: string | null;
}
