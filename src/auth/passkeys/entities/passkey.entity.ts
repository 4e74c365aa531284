import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';

/** A WebAuthn credential of a user. */
@Entity('passkeys')
export class Passkey {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  /** What you call it. @example "Phone" */
  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'bytea', unique: true })
  credentialId: Buffer;

  /** COSE key. */
  @Column({ type: 'bytea' })
  publicKey: Buffer;

  /** The authenticator's own count of its uses; 0 for those that do not count. */
  @Column({ type: 'bigint', transformer: safeInteger })
  signCount: number;

  /** How its authenticator can be reached. @example ["internal", "hybrid"] */
  @Column({ type: 'text', array: true })
  transports: string[];

  /** True when it is kept on more than one device. @example true */
  @Column({ type: 'boolean' })
  isBackedUp: boolean;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Null until it is used. @example "2026-01-15T10:00:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;
}
