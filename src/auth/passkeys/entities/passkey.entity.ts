import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';

/** A WebAuthn credential of a user. */
@Entity('passkeys')
export class Passkey {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  /** What its owner calls it. */
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

  @Column({ type: 'text', array: true })
  transports: string[];

  /** True when the passkey is kept on more than one device. */
  @Column({ type: 'boolean' })
  isBackedUp: boolean;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;
}
