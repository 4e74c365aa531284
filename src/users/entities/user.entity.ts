import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

export const USER_STATUSES = ['active', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** An account: a customer or a member of staff. */
@Entity('users')
@Check('users_status_check', `status IN ('active', 'disabled')`)
@Index('users_created_at_id_idx', ['createdAt', 'id'])
@Index('users_search_idx', { synchronize: false })
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

  @Column({ type: 'text', default: 'active' })
  status: UserStatus;

  @Column({ type: 'timestamptz', nullable: true })
  emailVerifiedAt: Date | null;

  /** Sessions that began earlier are no longer living; null ends none. */
  @Column({ type: 'timestamptz', nullable: true })
  sessionsValidFrom: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
