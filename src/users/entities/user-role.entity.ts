import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Role } from './role.entity.js';
import { User } from './user.entity.js';

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
