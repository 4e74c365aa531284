import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';

/** `release` gives back what was held and never taken, `refund` what was taken; `expire` is what a card still had when its time was over. */
export const CREDIT_ENTRY_KINDS = ['issue', 'redeem', 'release', 'refund', 'adjust', 'expire'] as const;
export type CreditEntryKind = (typeof CREDIT_ENTRY_KINDS)[number];

/** One movement of a balance. Entries are written and never changed; their sum is the balance. */
@Entity('credit_entries')
@Index('credit_entries_account_id_id_idx', ['accountId', 'id'])
@Index('credit_entries_redeem_key', ['accountId', 'chargeKey'], { unique: true, where: "kind = 'redeem'" })
@Check('credit_entries_amount_check', 'amount <> 0 AND balance_amount >= 0')
@Check('credit_entries_kind_check', `kind IN (${CREDIT_ENTRY_KINDS.map((kind) => `'${kind}'`).join(', ')})`)
export class CreditEntry {
  /** Rises with time. */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey('CreditAccount')
  accountId: string;

  @Column({ type: 'text' })
  kind: CreditEntryKind;

  /** Minor units; below zero where the balance falls. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** What the balance was afterwards. */
  @Column({ type: 'bigint', transformer: safeInteger })
  balanceAmount: number;

  /** The charge that took the money, or that it was given back of. */
  @Column({ type: 'text', nullable: true })
  chargeKey: string | null;

  /** The capture, void or refund that gave the money back; one gives back once. */
  @Column({ type: 'text', nullable: true })
  @Index('credit_entries_operation_key_key', { unique: true })
  operationKey: string | null;

  /** Words of the staff about an adjustment. */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
