import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';
import { Resource } from '../../../database/resource.entity.js';

/** What holds money that a shop owes in goods. The names are those of the payment providers that spend it. */
export const CREDIT_KINDS = ['gift_card', 'store_credit'] as const;
export type CreditKind = (typeof CREDIT_KINDS)[number];

export const GIFT_CARD_STATUSES = ['active', 'used', 'expired', 'disabled'] as const;
export type GiftCardStatus = (typeof GIFT_CARD_STATUSES)[number];

/** A card that has expired and is given money back is valid again for so long. */
export const DAYS_AFTER_REFUND = 90;

/** A gift card, which whoever holds its code may spend, or the store credit of a customer in one currency. */
@Entity('credit_accounts')
@Index('credit_accounts_store_credit_key', ['customerId', 'currency'], {
  unique: true,
  where: "kind = 'store_credit'",
})
@Index('credit_accounts_gift_cards_idx', ['id'], { where: "kind = 'gift_card'" })
@Index('credit_accounts_expiring_idx', ['expiresAt'], { where: 'balance_amount > 0' })
@Check('credit_accounts_balance_check', 'balance_amount >= 0')
@Check(
  'credit_accounts_kind_check',
  `CASE kind WHEN 'gift_card' THEN code_hash IS NOT NULL AND last_four IS NOT NULL
     WHEN 'store_credit' THEN customer_id IS NOT NULL AND code_hash IS NULL AND expires_at IS NULL AND disabled_at IS NULL
     ELSE false END`,
)
export class CreditAccount extends Resource {
  @Column({ type: 'text' })
  kind: CreditKind;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units; the sum of the entries. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  balanceAmount: number;

  /** What a card was issued with. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  initialAmount: number;

  /** Whose credit it is, or for whom staff have issued the card; null for a card of whoever holds it. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User')
  @Index('credit_accounts_customer_id_idx')
  customerId: string | null;

  /** Keyed hash of the code of a card; the code itself is kept nowhere. */
  @Column({ type: 'bytea', nullable: true })
  @Index('credit_accounts_code_hash_key', { unique: true })
  codeHash: Buffer | null;

  /** The end of the code, by which staff find a card. */
  @Column({ type: 'char', length: 4, nullable: true })
  @Index('credit_accounts_last_four_idx')
  lastFour: string | null;

  /** To whom the code was mailed. */
  @Column({ type: 'text', nullable: true })
  recipientEmail: string | null;

  /** Words of the staff. */
  @Column({ type: 'text', nullable: true })
  note: string | null;

  /** From when on a card cannot be spent; null for never. */
  @Column({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  /** Since when staff do not let a card be spent. */
  @Column({ type: 'timestamptz', nullable: true })
  disabledAt: Date | null;

  /** How a card stands: the first of these that is true. */
  statusAt(now: Date): GiftCardStatus {
    if (this.disabledAt !== null) return 'disabled';
    if (this.expiresAt !== null && this.expiresAt <= now) return 'expired';
    return this.balanceAmount === 0 ? 'used' : 'active';
  }
}
