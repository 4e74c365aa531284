import { Check, Column, Entity, Index, VirtualColumn } from 'typeorm';
import { Resource } from '../../database/resource.entity.js';

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
export class User extends Resource {
  /** The e-mail address as it was typed. @example "Ada@example.com" */
  @Column({ type: 'text' })
  email: string;

  /** The address under which the account is found; one account each. */
  @Column({ type: 'text', unique: true })
  emailCanonical: string;

  /** How the user wants to be called. @example "Ada Lovelace" */
  @Column({ type: 'text', nullable: true })
  name: string | null;

  /** Argon2id in PHC form; null for an account that signs in by other means. */
  @Column({ type: 'text', nullable: true, select: false })
  passwordHash: string | null;

  /** Telephone number in the form of E.164. @example "+442079460958" */
  @Column({ type: 'text', nullable: true })
  phone: string | null;

  /** Language for mail, as a BCP 47 tag in its canonical form; null leaves it to the shop. @example "en-GB" */
  @Column({ type: 'text', nullable: true })
  locale: string | null;

  /** `erased` is final: nothing of the person is left, and nobody can sign in. @example "active" */
  @Column({ type: 'text', default: 'active' })
  status: UserStatus;

  /** When the address was proven; null while it is not. @example null */
  @Column({ type: 'timestamptz', nullable: true })
  emailVerifiedAt: Date | null;

  /** Sessions that began earlier are no longer living; null ends none. */
  @Column({ type: 'timestamptz', nullable: true })
  sessionsValidFrom: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  erasedAt: Date | null;

  /** Names of the roles the user holds. @example ["customer"] */
  @VirtualColumn({
    query: (user) => `ARRAY(SELECT role_name FROM user_roles WHERE user_id = ${user}.id ORDER BY role_name)`,
  })
  roles: string[];

  /** Codes of the customer groups the user is in. @example ["wholesale"] */
  @VirtualColumn({
    query: (user) => `ARRAY(SELECT g.code FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
      WHERE m.user_id = ${user}.id ORDER BY g.code)`,
  })
  groups: string[];
}
