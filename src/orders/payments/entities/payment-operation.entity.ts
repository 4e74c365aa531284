import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { newId } from '../../../common/ids.js';
import { safeInteger } from '../../../database/columns.js';
import type { Payment } from './payment.entity.js';
import { ProviderRequest, unasked } from './provider-request.entity.js';

export type OperationAsked = Pick<PaymentOperation, 'kind' | 'amount' | 'releasedAmount' | 'requestKey'>;

/** A capture or a void: claimed before the provider is asked, settled when it has answered. Its id is the provider's key. */
@Entity('payment_operations')
@ForeignKey('Payment', ['paymentId', 'currency'], ['id', 'currency'])
@Unique('payment_operations_payment_id_request_key_key', ['paymentId', 'requestKey'])
@Index('payment_operations_pending_idx', ['createdAt'], { where: "status = 'pending'" })
@Check('payment_operations_kind_check', "kind IN ('capture', 'void')")
@Check('payment_operations_status_check', "status IN ('pending', 'succeeded', 'failed')")
@Check('payment_operations_amounts_check', 'amount > 0 AND released_amount >= 0')
export class PaymentOperation extends ProviderRequest {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @Index('payment_operations_payment_id_idx')
  paymentId: string;

  @Column({ type: 'text' })
  kind: 'capture' | 'void';

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units captured, or given up. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** Minor units of the authorisation that are given up with a capture. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  releasedAmount: number;

  static of({ id, currency }: Payment, asked: OperationAsked, now: Date): PaymentOperation {
    return Object.assign(new PaymentOperation(), asked, {
      id: newId(),
      paymentId: id,
      currency,
      ...unasked(now),
    });
  }
}
