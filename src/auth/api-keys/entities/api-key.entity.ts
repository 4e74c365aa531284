import { Check, Column, Entity, ForeignKey, Index, VirtualColumn } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';

/** `expired` and `revoked` are final. */
export const API_KEY_STATUSES = ['active', 'expired', 'revoked'] as const;
export type ApiKeyStatus = (typeof API_KEY_STATUSES)[number];

/** The status as SQL, by the clock of the database. */
export const apiKeyStatus = (key: string): string =>
  `CASE WHEN ${key}.revoked_at IS NOT NULL THEN 'revoked' WHEN ${key}.expires_at <= now() THEN 'expired' ELSE 'active' END`;

/** A key with which a machine calls in the name of who made it. */
@Entity('api_keys')
@Check(
  'api_keys_previous_check',
  `(previous_hash IS NULL) = (previous_prefix IS NULL) AND (previous_hash IS NULL) = (previous_expires_at IS NULL)`,
)
export class ApiKey extends Resource {
  /** Whose scopes it never exceeds, and with whom it ends. */
  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  creatorId: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', array: true })
  scopes: string[];

  /** Addresses and CIDR ranges that it may be used from; empty for everywhere. */
  @Column({ type: 'text', array: true, default: () => "'{}'" })
  allowedAddresses: string[];

  /** The beginning of the key, which may be seen. */
  @Column({ type: 'text' })
  prefix: string;

  /** SHA-256 of the key. */
  @Column({ type: 'bytea', unique: true })
  keyHash: Buffer;

  /** What it was before the latest rotation, and until when that still works. */
  @Column({ type: 'bytea', nullable: true, unique: true })
  previousHash: Buffer | null;

  @Column({ type: 'text', nullable: true })
  previousPrefix: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  previousExpiresAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  /** Written at most once a minute. */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;

  @Column({ type: 'text', nullable: true })
  lastUsedAddress: string | null;

  /** When a refused use was last put on record; at most once a minute. */
  @Column({ type: 'timestamptz', nullable: true })
  lastRefusedAt: Date | null;

  @VirtualColumn({ query: (key) => `SELECT ${apiKeyStatus(key)}` })
  status: ApiKeyStatus;
}
