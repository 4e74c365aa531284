import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** A code for the day the second factor is lost; works once. */
@Entity('recovery_codes')
@Unique('recovery_codes_user_id_code_hash_key', ['userId', 'codeHash'])
export class RecoveryCode {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** HMAC-SHA-256 of the code. */
  @Column({ type: 'bytea' })
  codeHash: Buffer;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  usedAt: Date | null;
}
