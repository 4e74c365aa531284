import { Column, Entity, ForeignKey, Index, PrimaryColumn, VirtualColumn } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';

/** A set of customers that prices or promotions can be made for. */
@Entity('customer_groups')
export class CustomerGroup extends Resource {
  /** By which other systems and filters name it. @example "wholesale" */
  @Column({ type: 'text', unique: true })
  code: string;

  /** @example "Wholesale customers" */
  @Column({ type: 'text' })
  name: string;

  /** @example "Buys by the pallet; prices without tax" */
  @Column({ type: 'text', nullable: true })
  description: string | null;

  /** How many users are in it. @example 12 */
  @VirtualColumn({
    query: (group) => `SELECT count(*)::int FROM customer_group_members WHERE group_id = ${group}.id`,
  })
  memberCount: number;
}

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
