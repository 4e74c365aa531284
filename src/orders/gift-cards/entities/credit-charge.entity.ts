import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';
import type { OperationKind, OperationOutcome, ProviderOutcome } from '../../payments/payment-provider.js';
import type { CreditKind } from './credit-account.entity.js';

/** Why a charge takes nothing. A card that is disabled is not told from one that does not exist. */
export type CreditRefusal =
  'code_mistyped' | 'code_unknown' | 'card_expired' | 'card_empty' | 'wrong_currency' | 'no_credit' | 'given_up';

/** What an order has been paid of an account, in the books of the account and not of the order. */
@Entity('credit_charges')
@Check(
  'credit_charges_amounts_check',
  `amount >= authorised_amount AND authorised_amount >= captured_amount AND captured_amount >= refunded_amount AND refunded_amount >= 0`,
)
export class CreditCharge {
  @PrimaryColumn({ type: 'text' })
  kind: CreditKind;

  /** Under which the payment asks. */
  @PrimaryColumn({ type: 'text' })
  key: string;

  /** Under which it is captured and given back. */
  @Column({ type: 'uuid' })
  @Index('credit_charges_reference_key', { unique: true })
  reference: string;

  /** Null where nothing was taken. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('CreditAccount')
  @Index('credit_charges_account_id_idx')
  accountId: string | null;

  /** Minor units asked for; an account that has less gives what it has. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'text' })
  status: Extract<ProviderOutcome['status'], 'authorised' | 'partially_captured' | 'captured' | 'failed' | 'voided'>;

  @Column({ type: 'text', nullable: true })
  failureCode: CreditRefusal | null;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  authorisedAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  capturedAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  refundedAmount: number;

  /** Rises with each change. */
  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}

/** A capture, a void or a refund of a charge, or money that was put onto an account by the key of a refund. */
@Entity('credit_operations')
export class CreditOperation {
  @PrimaryColumn({ type: 'text' })
  key: string;

  @Column({ type: 'text' })
  kind: OperationKind;

  @Column({ type: 'uuid' })
  reference: string;

  /** Null where there was no such charge, or the money is of another provider's. */
  @Column({ type: 'uuid', nullable: true })
  chargeReference: string | null;

  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'text' })
  status: Exclude<OperationOutcome['status'], 'pending'>;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
