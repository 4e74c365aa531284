import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, VirtualColumn } from 'typeorm';
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
  /** Who made it: it never exceeds their scopes, and ends when they are disabled. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  creatorId: string;

  /** What the key is for. @example "Warehouse scanner" */
  @Column({ type: 'text' })
  name: string;

  /** What the key may do, as far as its creator may. @example ["orders:read", "fulfilments:write"] */
  @Column({ type: 'text', array: true })
  scopes: string[];

  /**
   * Addresses and ranges that it may be used from; everywhere when empty.
   * @example ["203.0.113.0/24", "2001:db8::7"]
   */
  @Column({ type: 'text', array: true, default: () => "'{}'" })
  allowedAddresses: string[];

  /** The beginning of the key, by which it is told from others. @example "shk_7fKx2aBq" */
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

  /** When it stops working by itself. @example "2099-01-01T00:00:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  /** When somebody ended it. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  /** The latest use, to the minute. @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;

  /** Where that came from. @example "203.0.113.7" */
  @Column({ type: 'text', nullable: true })
  lastUsedAddress: string | null;

  /** When a refused use was last put on record; at most once a minute. */
  @Column({ type: 'timestamptz', nullable: true })
  lastRefusedAt: Date | null;

  /** `expired` and `revoked` are final. @example "active" */
  @VirtualColumn({ query: (key) => `SELECT ${apiKeyStatus(key)}` })
  status: ApiKeyStatus;
}

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
