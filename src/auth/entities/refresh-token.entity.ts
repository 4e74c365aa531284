import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Session } from './session.entity.js';

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
