import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PostalAddress } from '../../../common/address/postal-address.js';
import { Resource } from '../../../database/resource.entity.js';
import { MAX_LINE_QUANTITY } from '../../order-limits.js';

export const CART_STATUSES = ['active', 'ordered', 'merged', 'abandoned'] as const;
export type CartStatus = (typeof CART_STATUSES)[number];

const STATUSES = CART_STATUSES.map((status) => `'${status}'`).join(', ');

/** What somebody means to buy. It holds no stock and no price; both are asked for whenever it is read. */
@Entity('carts')
@Index('carts_active_customer_id_key', ['customerId'], { unique: true, where: "status = 'active'" })
@Index('carts_email_idx', { synchronize: false })
@Check('carts_status_check', `status IN (${STATUSES})`)
@Check('carts_holder_check', '(customer_id IS NULL) <> (token_hash IS NULL)')
export class Cart extends Resource {
  /**
   * `active` until it is ordered, merged into another cart of its customer, or left alone for too long; only an active one changes.
   * @example "active"
   */
  @Column({ type: 'text', default: 'active' })
  status: CartStatus;

  /** Whose cart it is; null for a guest, who holds its token instead. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  @Index('carts_customer_id_idx')
  customerId: string | null;

  /** SHA-256 of the guest's token. */
  @Column({ type: 'bytea', nullable: true })
  tokenHash: Buffer | null;

  @Column({ type: 'char', length: 3 })
  currency: string;

  @Column({ type: 'text', nullable: true })
  email: string | null;

  /** BCP 47 tag of the language in which the buyer is written to; null for that of the shop. */
  @Column({ type: 'text', nullable: true })
  language: string | null;

  @Column({ type: 'jsonb', nullable: true })
  shippingAddress: PostalAddress | null;

  @Column({ type: 'jsonb', nullable: true })
  billingAddress: PostalAddress | null;

  /** In upper case, in the order in which they were entered. */
  @Column({ type: 'text', array: true, default: '{}' })
  promotionCodes: string[];

  /** How it is to be shipped; null until somebody has chosen. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('ShippingMethod', { onDelete: 'SET NULL' })
  @Index('carts_shipping_method_id_idx', { where: 'shipping_method_id IS NOT NULL' })
  shippingMethodId: string | null;

  /** When an active cart counts as left alone, `CART_TTL` after its last change. */
  @Column({ type: 'timestamptz' })
  @Index('carts_expires_at_idx')
  expiresAt: Date;
}

/** How much of one variant is wanted. */
@Entity('cart_lines')
@Unique('cart_lines_cart_id_variant_id_key', ['cartId', 'variantId'])
@Check('cart_lines_quantity_check', `quantity BETWEEN 1 AND ${MAX_LINE_QUANTITY}`)
export class CartLine {
  /** Rises with time, so lines stand in the order in which they were added. */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => Cart, { onDelete: 'CASCADE' })
  cartId: string;

  /** A variant that is deleted for good takes its lines with it; one that is archived does not. */
  @Column({ type: 'uuid' })
  @ForeignKey('Variant', { onDelete: 'CASCADE' })
  @Index('cart_lines_variant_id_idx')
  variantId: string;

  @Column({ type: 'int' })
  quantity: number;
}
