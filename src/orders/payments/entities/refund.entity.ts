import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';
import { REFUND_STATUSES, type RefundStatus } from '../payment-status.js';

/** Money that goes back: promised in the transaction that decides it, made by a job afterwards. Its id is the provider's key. */
@Entity('refunds')
@ForeignKey('Payment', ['paymentId', 'currency'], ['id', 'currency'])
@ForeignKey('Order', ['orderId', 'currency'], ['id', 'currency'])
@Index('refunds_pending_idx', ['createdAt'], { where: "status = 'pending'" })
@Index('refunds_failed_idx', ['settledAt'], { where: "status = 'failed'" })
@Check('refunds_amount_check', 'amount > 0')
@Check('refunds_status_check', `status IN (${REFUND_STATUSES.map((status) => `'${status}'`).join(', ')})`)
export class Refund {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @Index('refunds_payment_id_idx')
  paymentId: string;

  @Column({ type: 'uuid' })
  orderId: string;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'text', default: 'pending' })
  status: RefundStatus;

  /** Why: `order_cancelled`, `late_payment`, `paid_twice`. */
  @Column({ type: 'text' })
  reason: string;

  @Column({ type: 'text', nullable: true })
  providerReference: string | null;

  /** How often the provider has been asked. */
  @Column({ type: 'int', default: 0 })
  attempts: number;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  settledAt: Date | null;
}
