import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key of access tokens that was made by rotating, or one of the settings that was revoked. */
@Entity('signing_keys')
export class SigningKeyRow {
  /** RFC 7638 thumbprint. */
  @PrimaryColumn({ type: 'text' })
  kid: string;

  /** The private key, encrypted; null for a key of the settings that is only noted as revoked. */
  @Column({ type: 'bytea', nullable: true })
  sealedPrivateKey: Buffer | null;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  /** From when on it signs. It is published before, so that whoever verifies knows it in time. */
  @Column({ type: 'timestamptz' })
  activatesAt: Date;

  /** From when on it no longer verifies; null for the newest. */
  @Column({ type: 'timestamptz', nullable: true })
  retiresAt: Date | null;
}
