import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

export const USER_STATUSES = ['active', 'disabled', 'erased'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** An account: a customer or a member of staff. */
@Entity('users')
@Check('users_status_check', `status IN ('active', 'disabled', 'erased')`)
@Check(
  'users_erased_check',
  `(status = 'erased') = (erased_at IS NOT NULL)
   AND (status <> 'erased' OR (name IS NULL AND phone IS NULL AND locale IS NULL AND password_hash IS NULL
     AND email = 'erased-' || id || '@erased.invalid' AND email_canonical = email))`,
)
@Index('users_created_at_id_idx', ['createdAt', 'id'])
@Index('users_search_idx', { synchronize: false })
@Index('users_name_id_idx', { synchronize: false })
export class User {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** The address as its owner typed it. */
  @Column({ type: 'text' })
  email: string;

  /** The address under which the account is found; one account each. */
  @Column({ type: 'text', unique: true })
  emailCanonical: string;

  @Column({ type: 'text', nullable: true })
  name: string | null;

  /** Argon2id in PHC form; null for an account that signs in by other means. */
  @Column({ type: 'text', nullable: true, select: false })
  passwordHash: string | null;

  /** E.164, such as `+442079460958`. */
  @Column({ type: 'text', nullable: true })
  phone: string | null;

  /** BCP 47, in its canonical form: the language of mail. */
  @Column({ type: 'text', nullable: true })
  locale: string | null;

  /** `erased` is final: nothing of the person is left, and nobody can sign in. */
  @Column({ type: 'text', default: 'active' })
  status: UserStatus;

  @Column({ type: 'timestamptz', nullable: true })
  emailVerifiedAt: Date | null;

  /** Sessions that began earlier are no longer living; null ends none. */
  @Column({ type: 'timestamptz', nullable: true })
  sessionsValidFrom: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  erasedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
