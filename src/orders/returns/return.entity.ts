import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { newId } from '../../common/ids.js';
import { Resource } from '../../database/resource.entity.js';
import type { ReturnStatus } from '../order-status.js';
import { ReturnTransitionError } from './returns.errors.js';

export const RETURN_STATES = ['requested', 'approved', 'received', 'refunded', 'rejected', 'cancelled'] as const;
export type ReturnState = (typeof RETURN_STATES)[number];

/** In what state a piece came back; `missing` has not. */
export const CONDITIONS = ['sellable', 'damaged', 'missing'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Every move a return can make (domain.md section 5); what is not listed is refused. */
export const RETURN_TRANSITIONS: Readonly<Record<ReturnState, readonly ReturnState[]>> = {
  requested: ['approved', 'rejected', 'cancelled'],
  approved: ['received', 'cancelled'],
  received: ['refunded'],
  refunded: [],
  rejected: [],
  cancelled: [],
};

/** Goods that a customer sends back. */
@Entity('returns')
@Index('returns_order_id_idx', ['orderId'])
@Index('returns_status_id_idx', ['status', 'id'])
@Check('returns_status_check', `status IN (${RETURN_STATES.map((state) => `'${state}'`).join(', ')})`)
@Check('returns_received_check', `(received_at IS NOT NULL) = (status IN ('received', 'refunded'))`)
export class Return extends Resource {
  @Column({ type: 'uuid' })
  @ForeignKey('Order')
  orderId: string;

  @Column({ type: 'text', default: 'requested' })
  status: ReturnState;

  /** What the customer, or staff for them, had to say. */
  @Column({ type: 'text', nullable: true })
  note: string | null;

  /** Why it was rejected. */
  @Column({ type: 'text', nullable: true })
  rejectReason: string | null;

  /** The order that was sent for it. */
  @Column({ type: 'uuid', nullable: true, unique: true })
  @ForeignKey('Order')
  exchangeOrderId: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  receivedAt: Date | null;

  static of(orderId: string, note: string | null): Return {
    return Object.assign(new Return(), { id: newId(), orderId, status: 'requested', note, exchangeOrderId: null });
  }

  /** @throws ReturnTransitionError for a move that is not in the table. */
  move(to: ReturnState): void {
    const allowed = RETURN_TRANSITIONS[this.status];
    if (!allowed.includes(to)) throw new ReturnTransitionError(this.status, to, allowed);
    this.status = to;
  }
}

/** Pieces of a line that are to come back, and in what condition they did. */
@Entity('return_lines')
@Check(
  'return_lines_quantity_check',
  `quantity > 0 AND sellable_quantity >= 0 AND damaged_quantity >= 0 AND missing_quantity >= 0
   AND sellable_quantity + damaged_quantity + missing_quantity IN (0, quantity)`,
)
export class ReturnLine {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Return')
  returnId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('OrderLine')
  @Index('return_lines_order_line_id_idx')
  orderLineId: string;

  @Column({ type: 'int' })
  quantity: number;

  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ type: 'int', default: 0 })
  sellableQuantity: number;

  @Column({ type: 'int', default: 0 })
  damagedQuantity: number;

  @Column({ type: 'int', default: 0 })
  missingQuantity: number;

  /** Pieces that have come back. */
  get returnedQuantity(): number {
    return this.sellableQuantity + this.damagedQuantity;
  }
}

/** How much of an order has come back, or is to, from its lines and open returns (domain.md T2). */
export function orderReturnStatus(
  lines: readonly {
    readonly quantity: number;
    readonly cancelledQuantity: number;
    readonly returnedQuantity: number;
  }[],
  hasOpen: boolean,
): ReturnStatus {
  const returned = lines.reduce((sum, { returnedQuantity }) => sum + returnedQuantity, 0);
  const ordered = lines.reduce((sum, { quantity, cancelledQuantity }) => sum + quantity - cancelledQuantity, 0);
  if (returned > 0) return returned >= ordered ? 'returned' : 'partially_returned';
  return hasOpen ? 'requested' : 'none';
}
