import { Column, Entity, ForeignKey, Index } from 'typeorm';
import { Resource } from '../../database/resource.entity.js';

/** What staff write down about an order: for themselves, or for the customer to read. */
@Entity('order_notes')
@Index('order_notes_order_id_id_idx', ['orderId', 'id'])
export class OrderNote extends Resource {
  @Column({ type: 'uuid' })
  @ForeignKey('Order', { onDelete: 'CASCADE' })
  orderId: string;

  /** @example "Please ring twice; the bell is faint." */
  @Column({ type: 'text' })
  text: string;

  /** Whether the customer reads it too. */
  @Column({ type: 'boolean', default: false })
  isForCustomer: boolean;

  /** The member of staff who wrote it, or who answers for the API key that did. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90" */
  @Column({ type: 'uuid' })
  @ForeignKey('User')
  authorId: string;
}
