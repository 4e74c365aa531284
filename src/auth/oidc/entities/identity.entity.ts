import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** Somebody at a sign-in provider who has proven to be one of our users. */
@Entity('identities')
@Unique('identities_issuer_subject_key', ['issuer', 'subject'])
@Unique('identities_user_id_provider_key', ['userId', 'provider'])
export class Identity {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** Name of the provider. @example "google" */
  @Column({ type: 'text' })
  provider: string;

  /** For whom the subject is unique; a name that is given to another provider must not bring its people here. */
  @Column({ type: 'text' })
  issuer: string;

  /** Who it is at the provider; never given to somebody else, unlike an address (OpenID Connect Core, section 5.7). */
  @Column({ type: 'text' })
  subject: string;

  /** The address that the provider told last; it opens nothing and need not be the one of your account. @example "ada@example.com" */
  @Column({ type: 'text', nullable: true })
  email: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** When it was last signed in with. @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;
}
