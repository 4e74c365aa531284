import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A short-lived token that a service account got for its key. */
@Entity('oauth_access_tokens')
export class OAuthAccessToken {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('ApiKey', { onDelete: 'CASCADE' })
  @Index()
  keyId: string;

  /** SHA-256 of the token. */
  @Column({ type: 'bytea', unique: true })
  tokenHash: Buffer;

  /** SHA-256 of the key it was got with: it ends with that secret, also when the key goes on with another one. */
  @Column({ type: 'bytea' })
  secretHash: Buffer;

  @Column({ type: 'text', array: true })
  scopes: string[];

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;
}
