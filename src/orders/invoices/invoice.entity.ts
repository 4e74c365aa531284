import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { safeInteger } from '../../database/columns.js';
import { DOCUMENT_KINDS, type DocumentContent, type DocumentKind } from './invoice-content.js';

/** An invoice, or a credit note that takes back all or a part of one. A trigger refuses every change of it. */
@Entity('invoices')
@Unique('invoices_id_currency_key', ['id', 'currency'])
@Unique('invoices_order_id_source_key', ['orderId', 'source'])
@ForeignKey('Order', ['orderId', 'currency'], ['id', 'currency'])
@ForeignKey('Invoice', ['invoiceId', 'currency'], ['id', 'currency'])
@Index('invoices_kind_id_idx', ['kind', 'id'])
@Check(
  'invoices_kind_check',
  `kind IN (${DOCUMENT_KINDS.map((kind) => `'${kind}'`).join(', ')}) AND (kind = 'credit_note') = (invoice_id IS NOT NULL)`,
)
@Check('invoices_amounts_check', 'tax_amount BETWEEN 0 AND total_amount')
export class Invoice {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  kind: DocumentKind;

  /** Without gaps in its series. @example "INV-2026-000042" */
  @Column({ type: 'text', unique: true })
  number: string;

  @Column({ type: 'uuid' })
  orderId: string;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units, tax included. */
  @Column({ type: 'bigint', transformer: safeInteger })
  totalAmount: number;

  @Column({ type: 'bigint', transformer: safeInteger })
  taxAmount: number;

  /** The invoice that a credit note takes back; null for an invoice. */
  @Column({ type: 'uuid', nullable: true })
  @Index('invoices_invoice_id_idx', { where: 'invoice_id IS NOT NULL' })
  invoiceId: string | null;

  /** What it was issued for, once an order: `order:1`, `refund:<id>`, `cancellation:<invoice>`. */
  @Column({ type: 'text' })
  source: string;

  @Column({ type: 'jsonb' })
  content: DocumentContent;

  @Column({ type: 'timestamptz' })
  issuedAt: Date;
}

/** Numbers of one prefix in one year; the row is locked until the document that takes the next one is committed, or not. */
@Entity('invoice_series')
@Check('invoice_series_last_number_check', 'last_number > 0')
export class InvoiceSeries {
  @PrimaryColumn({ type: 'text' })
  prefix: string;

  @PrimaryColumn({ type: 'int' })
  year: number;

  @Column({ type: 'int' })
  lastNumber: number;
}

/** The PDF of a document, as it was made. */
@Entity('invoice_files')
@Check('invoice_files_sha256_check', `sha256 = encode(sha256(content), 'hex')`)
export class InvoiceFile {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Invoice')
  invoiceId: string;

  @Column({ type: 'bytea' })
  content: Buffer;

  /** Of the content, in hex. */
  @Column({ type: 'text' })
  sha256: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  madeAt: Date;
}
