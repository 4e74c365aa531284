import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  ForeignKey,
  Generated,
  Index,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { User } from './user.entity.js';

/** A named set of scopes. */
@Entity('roles')
@Unique('roles_id_key', ['id'])
@Check('roles_name_check', `name ~ '^[a-z][a-z0-9-]{1,39}$'`)
@Check('roles_scopes_check', `is_built_in OR NOT ('*' = ANY (scopes))`)
export class Role {
  /** @example "night-shift" */
  @PrimaryColumn({ type: 'text' })
  name: string;

  /** By what events refer to it: a role made anew under an old name is another role. */
  @Column({ type: 'uuid' })
  @Generated('uuid')
  id: string;

  /** What the role is for. @example "Answers customers at night" */
  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** What its holders may do; `*` is everything. @example ["orders:read"] */
  @Column({ type: 'text', array: true })
  scopes: string[];

  /** Comes with the product and cannot be changed or removed. @example false */
  @Column({ type: 'boolean', default: false })
  isBuiltIn: boolean;

  /** Rises with every change; the entity tag for `If-Match` begins with it. @example 1 */
  @VersionColumn({ default: 1 })
  version: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** @example "2026-01-15T09:30:00.000Z" */
  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** A role that a user holds. */
@Entity('user_roles')
export class UserRole {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn({ type: 'text' })
  @ForeignKey(() => Role)
  @Index()
  roleName: string;
}
