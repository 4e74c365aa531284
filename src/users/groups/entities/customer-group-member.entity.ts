import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { CustomerGroup } from './customer-group.entity.js';

/** A user in a group. */
@Entity('customer_group_members')
export class CustomerGroupMember {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => CustomerGroup, { onDelete: 'CASCADE' })
  groupId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index()
  userId: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  addedAt: Date;
}
