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
  @PrimaryColumn({ type: 'text' })
  name: string;

  /** By what events refer to it: a role made anew under an old name is another role. */
  @Column({ type: 'uuid' })
  @Generated('uuid')
  id: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'text', array: true })
  scopes: string[];

  /** Comes with the product and cannot be changed or removed. */
  @Column({ type: 'boolean', default: false })
  isBuiltIn: boolean;

  @VersionColumn({ default: 1 })
  version: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

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
