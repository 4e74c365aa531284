import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

/** Somebody at a sign-in provider who has proven to be one of our users. */
@Entity('identities')
@Unique('identities_issuer_subject_key', ['issuer', 'subject'])
@Unique('identities_user_id_provider_key', ['userId', 'provider'])
export class Identity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** The provider's name in the settings. */
  @Column({ type: 'text' })
  provider: string;

  /** For whom the subject is unique; a name that is given to another provider must not bring its people here. */
  @Column({ type: 'text' })
  issuer: string;

  /** Who it is at the provider; never given to somebody else, unlike an address (OpenID Connect Core, section 5.7). */
  @Column({ type: 'text' })
  subject: string;

  /** The address the provider told last, for people to tell their identities apart; it opens nothing. */
  @Column({ type: 'text', nullable: true })
  email: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;
}
