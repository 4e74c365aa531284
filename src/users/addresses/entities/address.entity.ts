import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';

/** An entry of a user's address book; orders keep a copy of what they were sent to. */
@Entity('addresses')
@Index('addresses_user_id_id_idx', ['userId', 'id'])
@Index('addresses_default_shipping_key', ['userId'], { unique: true, where: 'is_default_shipping' })
@Index('addresses_default_billing_key', ['userId'], { unique: true, where: 'is_default_billing' })
export class Address extends Resource {
  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** What its owner calls it. */
  @Column({ type: 'text', nullable: true })
  label: string | null;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', nullable: true })
  company: string | null;

  @Column({ type: 'text' })
  line1: string;

  @Column({ type: 'text', nullable: true })
  line2: string | null;

  @Column({ type: 'text' })
  city: string;

  /** Second part of an ISO 3166-2 code where the country's are known, otherwise as written. */
  @Column({ type: 'text', nullable: true })
  region: string | null;

  @Column({ type: 'text', nullable: true })
  postalCode: string | null;

  @Column({ type: 'char', length: 2 })
  countryCode: string;

  @Column({ type: 'text', nullable: true })
  phone: string | null;

  @Column({ type: 'boolean', default: false })
  isDefaultShipping: boolean;

  @Column({ type: 'boolean', default: false })
  isDefaultBilling: boolean;
}
