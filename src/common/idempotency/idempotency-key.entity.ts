import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One use of an `Idempotency-Key`: what was asked and, once it is known, what was answered. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  /** Who sent the key; two callers may use the same one. */
  @PrimaryColumn({ type: 'text' })
  principal: string;

  @PrimaryColumn({ type: 'text' })
  key: string;

  /** SHA-256 of method, path and body. */
  @Column({ type: 'bytea' })
  fingerprint: Buffer;

  /** HTTP status of the answer; null while the first request is still running. */
  @Column({ type: 'smallint', nullable: true })
  status: number | null;

  @Column({ type: 'text', nullable: true })
  location: string | null;

  /** The answer's JSON, encrypted, because it may hold a token that is stored nowhere else. */
  @Column({ type: 'bytea', nullable: true })
  body: Buffer | null;

  /** Until when the first request is presumed alive; afterwards a repeat may take over. Null when the effect is one transaction. */
  @Column({ type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;
}
