import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** An authenticator app of a user (RFC 6238). */
@Entity('totp_credentials')
export class TotpCredential {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** The shared secret, encrypted. */
  @Column({ type: 'bytea' })
  sealedSecret: Buffer;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** When a first code proved that the app has the secret; until then it guards nothing. */
  @Column({ type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  /** The time step of the latest code that was accepted; only later ones are. */
  @Column({ type: 'bigint', nullable: true })
  lastStep: string | null;
}

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
