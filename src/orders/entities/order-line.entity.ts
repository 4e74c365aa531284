import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { newId } from '../../common/ids.js';
import { safeInteger } from '../../database/columns.js';
import type { AppliedTax, LineAdjustment, PricedLine } from '../order-totals.js';

/** What was bought of one variant. SKU, name and price are those of the day; the catalogue may change afterwards. */
@Entity('order_lines')
@Unique('order_lines_order_id_position_key', ['orderId', 'position'])
@Index('order_lines_sku_idx', { synchronize: false })
@Check('order_lines_quantity_check', 'quantity > 0')
@Check(
  'order_lines_fulfilled_check',
  'cancelled_quantity >= 0 AND fulfilled_quantity >= 0 AND cancelled_quantity + fulfilled_quantity <= quantity',
)
@Check('order_lines_discount_check', 'discount_amount BETWEEN 0 AND quantity * unit_price_amount')
@Check(
  'order_lines_delivered_check',
  'delivered_quantity BETWEEN 0 AND fulfilled_quantity AND returned_quantity BETWEEN 0 AND fulfilled_quantity',
)
@Check(
  'order_lines_total_check',
  `total_amount = quantity * unit_price_amount - discount_amount
   + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END`,
)
export class OrderLine {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('Order')
  orderId: string;

  /** Place on the order, from 1. */
  @Column({ type: 'smallint' })
  position: number;

  /** Null for what the catalogue does not have: a line that staff wrote, or one of an order of the past. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Variant')
  @Index('order_lines_variant_id_idx')
  variantId: string | null;

  @Column({ type: 'text' })
  sku: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'int' })
  quantity: number;

  @Column({ type: 'bigint', transformer: safeInteger })
  unitPriceAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  discountAmount: number;

  /** On the whole line; contained in its price where prices include tax, else added to it. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  taxAmount: number;

  /** As the order says; here as well, so that the database can hold the line against its amounts. */
  @Column({ type: 'boolean', default: false })
  pricesIncludeTax: boolean;

  /** What `discountAmount` is made of. */
  @Column({ type: 'jsonb', default: [] })
  adjustments: readonly LineAdjustment[];

  /** What `taxAmount` is made of. */
  @Column({ type: 'jsonb', default: [] })
  taxes: readonly AppliedTax[];

  @Column({ type: 'bigint', transformer: safeInteger })
  totalAmount: number;

  /** Why the price is not that of the catalogue; null where it is. */
  @Column({ type: 'text', nullable: true })
  priceReason: string | null;

  @Column({ type: 'int', default: 0 })
  cancelledQuantity: number;

  /** Pieces that have been shipped. */
  @Column({ type: 'int', default: 0 })
  fulfilledQuantity: number;

  /** Of those, pieces that have arrived. */
  @Column({ type: 'int', default: 0 })
  deliveredQuantity: number;

  /** Of those shipped, pieces that have come back. */
  @Column({ type: 'int', default: 0 })
  returnedQuantity: number;

  /** A line of an order that is written now. @param position From 1. */
  static of(orderId: string, position: number, line: NewOrderLine): OrderLine {
    const { variantId, sku, name, priceReason = null, quantity, unitPrice, discount, tax, total } = line;
    const { pricesIncludeTax = false, adjustments = [], taxes = [] } = line;
    return Object.assign(new OrderLine(), {
      id: newId(),
      orderId,
      position,
      variantId,
      sku,
      name,
      quantity,
      unitPriceAmount: unitPrice.amount,
      discountAmount: discount.amount,
      taxAmount: tax.amount,
      totalAmount: total.amount,
      pricesIncludeTax,
      adjustments,
      taxes,
      priceReason,
      cancelledQuantity: 0,
      fulfilledQuantity: 0,
      deliveredQuantity: 0,
      returnedQuantity: 0,
    });
  }
}

/** What a line says before it belongs to an order. */
export interface NewOrderLine extends PricedLine {
  readonly variantId: string | null;
  readonly sku: string;
  readonly name: string;
  readonly priceReason?: string | null;
}
