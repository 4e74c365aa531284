import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { newId } from '../../common/ids.js';
import { Resource } from '../../database/resource.entity.js';
import type { EditPlan } from './edit-plan.js';
import { OrderEditTransitionError } from './order-edits.errors.js';

export const EDIT_STATES = ['proposed', 'confirmed', 'cancelled'] as const;
export type EditState = (typeof EDIT_STATES)[number];

/** What staff mean to change on an order that has been placed. */
@Entity('order_edits')
@Index('order_edits_order_id_id_idx', ['orderId', 'id'])
@Check('order_edits_status_check', `status IN (${EDIT_STATES.map((state) => `'${state}'`).join(', ')})`)
export class OrderEdit extends Resource {
  @Column({ type: 'uuid' })
  @ForeignKey('Order')
  orderId: string;

  /** The version of the order that it was made for. */
  @Column({ type: 'int' })
  orderVersion: number;

  @Column({ type: 'text', default: 'proposed' })
  status: EditState;

  @Column({ type: 'text', nullable: true })
  reason: string | null;

  /** What the order is to become. */
  @Column({ type: 'jsonb' })
  plan: EditPlan;

  static of(
    order: { readonly id: string; readonly version: number },
    plan: EditPlan,
    reason: string | null,
  ): OrderEdit {
    return Object.assign(new OrderEdit(), {
      id: newId(),
      orderId: order.id,
      orderVersion: order.version,
      status: 'proposed' as const,
      reason,
      plan,
    });
  }

  /** @throws OrderEditTransitionError once it has been decided. */
  decide(status: 'confirmed' | 'cancelled'): void {
    if (this.status !== 'proposed') throw new OrderEditTransitionError(this.status, status);
    this.status = status;
  }
}
