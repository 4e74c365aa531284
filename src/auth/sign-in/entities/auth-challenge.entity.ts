import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A step of signing in or enrolling that waits for its answer; each can be answered once. */
@Entity('auth_challenges')
export class AuthChallenge {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  kind: string;

  /** Whose answer is awaited; null while nobody has said who they are. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string | null;

  /** SHA-256 of the token that the answer must bring along. */
  @Column({ type: 'bytea', unique: true })
  tokenHash: Buffer;

  @Column({ type: 'jsonb' })
  data: object;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  usedAt: Date | null;
}
