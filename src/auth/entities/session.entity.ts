import { Column, Entity, ForeignKey, Index, PrimaryColumn, VirtualColumn } from 'typeorm';

/** Something that a user can prove to be who they are with. */
export type SignInMethod = 'password' | 'magic_link' | 'passkey' | 'oidc' | 'totp' | 'recovery_code';

/** One sign-in of a user on one device, from login to logout or its end. */
@Entity('sessions')
export class Session {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  @Column({ type: 'text', nullable: true })
  userAgent: string | null;

  /** The address it signed in from. @example "203.0.113.7" */
  @Column({ type: 'text', nullable: true })
  address: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  createdAt: Date;

  /** The latest sign-in or refresh. @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  lastUsedAt: Date;

  /** The absolute end; refreshing does not move it. */
  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  /** When somebody last proved to be the user: at sign-in, or by proving it anew. */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  authenticatedAt: Date;

  /** What was proved at the latest sign-in. @example ["password", "totp"] */
  @Column({ type: 'text', array: true, default: () => "'{}'" })
  methods: SignInMethod[];

  /** The member of staff who acts as the user; null for the user's own sessions. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  impersonatorId: string | null;

  /** When it ends unless it is used before: refreshing moves it. */
  @Column({ type: 'timestamptz', default: () => "'infinity'" })
  idleExpiresAt: Date;

  /** The absolute end, or the idle one if that comes first. */
  @VirtualColumn({
    type: 'timestamptz',
    query: (session) => `SELECT least(${session}.expires_at, ${session}.idle_expires_at)`,
  })
  endsAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  /** `logout`, `ended` (from another session) or `refresh_reused`. */
  @Column({ type: 'text', nullable: true })
  revokedReason: string | null;
}

/** One link in the chain of a session's refresh tokens; each works once, and at most one of a session is unused. */
@Entity('refresh_tokens')
@Index('refresh_tokens_living_key', ['sessionId'], { unique: true, where: 'used_at IS NULL' })
export class RefreshToken {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => Session, { onDelete: 'CASCADE' })
  @Index()
  sessionId: string;

  /** SHA-256 of the token, which has 256 random bits and so needs no slower hash. */
  @Column({ type: 'bytea', unique: true })
  tokenHash: Buffer;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  usedAt: Date | null;
}
