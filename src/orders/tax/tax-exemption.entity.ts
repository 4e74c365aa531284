import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** That a customer pays no tax, by the word of staff; and the VAT id by which a customer asks for that. */
@Entity('tax_exemptions')
@Check('tax_exemptions_granted_check', `(granted_at IS NULL) = (reason IS NULL)`)
@Check('tax_exemptions_claimed_check', `(claimed_at IS NULL) = (claimed_vat_id IS NULL)`)
@Index('tax_exemptions_claimed_idx', ['claimedAt', 'userId'], { where: 'claimed_at IS NOT NULL' })
export class TaxExemption {
  /** @example "01970c1e-0a1b-7c2d-8e3f-4a5b6c7d8e9f" */
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  userId: string;

  /** Of the customer, as staff have checked it. @example "DE136695976" */
  @Column({ type: 'text', nullable: true })
  vatId: string | null;

  /** As orders and invoices name it; null while nothing is granted. @example "Reverse charge" */
  @Column({ type: 'text', nullable: true })
  reason: string | null;

  /** Where goods must go for it, by ISO 3166-1 alpha-2 codes; null for everywhere. @example ["DE"] */
  @Column({ type: 'text', array: true, nullable: true })
  countries: string[] | null;

  /** When it ends; null for never. @example "2027-01-01T00:00:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  /** Null while nothing is granted. @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  grantedAt: Date | null;

  /** What the customer says; it changes no price. @example "DE136695976" */
  @Column({ type: 'text', nullable: true })
  claimedVatId: string | null;

  /** @example null */
  @Column({ type: 'timestamptz', nullable: true })
  claimedAt: Date | null;

  /** Rises with every change; the entity tag for `If-Match` begins with it. @example 1 */
  @VersionColumn({ default: 1 })
  version: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
