import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../database/columns.js';

/** What is posted: an order that is sold, changed or cancelled; money that comes; money that goes. */
export const LEDGER_CAUSES = ['order', 'payment', 'refund'] as const;
export type LedgerCause = (typeof LEDGER_CAUSES)[number];

/**
 * One side of a posting. Only triggers of the database write them, in the transaction of their cause, and nothing changes them:
 * docs/decisions/0032-ledger.md.
 */
@Entity('ledger_entries')
@ForeignKey('Order', ['orderId', 'currency'], ['id', 'currency'])
@Index('ledger_entries_posted_at_idx', { synchronize: false })
@Check('ledger_entries_amount_check', 'amount <> 0')
@Check('ledger_entries_cause_check', `cause IN (${LEDGER_CAUSES.map((cause) => `'${cause}'`).join(', ')})`)
export class LedgerEntry {
  /** The entries of one posting have one number, and come to nothing. */
  @PrimaryColumn({ type: 'bigint', transformer: safeInteger })
  posting: number;

  /** `receivable`, `sales`, `discounts`, `shipping`, `tax_payable`, `returns`, `gift_cards`, `store_credit` or `cash:<provider>`. */
  @PrimaryColumn({ type: 'text' })
  account: string;

  @Column({ type: 'uuid' })
  @Index('ledger_entries_order_id_idx')
  orderId: string;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units: a debit above 0, a credit below. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'text' })
  cause: LedgerCause;

  /** The order, the payment or the refund. */
  @Column({ type: 'uuid' })
  sourceId: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  postedAt: Date;
}
