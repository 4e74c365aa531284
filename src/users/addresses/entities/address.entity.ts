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

  /** What its owner calls it. @example "Home" */
  @Column({ type: 'text', nullable: true })
  label: string | null;

  /** Who receives it. @example "Ada Lovelace" */
  @Column({ type: 'text' })
  name: string;

  /** @example "Analytical Engines Ltd" */
  @Column({ type: 'text', nullable: true })
  company: string | null;

  /** Street and house number. @example "12 Main Street" */
  @Column({ type: 'text' })
  line1: string;

  /** Flat, floor, building. @example "Flat 3" */
  @Column({ type: 'text', nullable: true })
  line2: string | null;

  /** @example "London" */
  @Column({ type: 'text' })
  city: string;

  /**
   * State, province or county; the second part of its ISO 3166-2 code where the country's are known.
   * @example "Greater London"
   */
  @Column({ type: 'text', nullable: true })
  region: string | null;

  /** As the country writes it. @example "SW1Y 4JH" */
  @Column({ type: 'text', nullable: true })
  postalCode: string | null;

  /** ISO 3166-1 alpha-2 code of the country. @example "GB" */
  @Column({ type: 'char', length: 2 })
  countryCode: string;

  /** For the carrier. @example "+44 20 7946 0958" */
  @Column({ type: 'text', nullable: true })
  phone: string | null;

  /** Offered first for deliveries. @example true */
  @Column({ type: 'boolean', default: false })
  isDefaultShipping: boolean;

  /** Offered first for invoices. @example false */
  @Column({ type: 'boolean', default: false })
  isDefaultBilling: boolean;
}
