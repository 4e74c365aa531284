import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Invoice, InvoiceFile } from './invoice.entity.js';
import type { CreditedPart, DocumentKind } from './invoice-content.js';

/** What refunds have taken back of a sale, as the ledger has it, with the lines and the shipping they were for. */
export interface CreditedRefund {
  readonly refundId: string;
  /** Minor units of the whole refund. */
  readonly amount: number;
  /** Minor units of the sale that it takes back, tax included, and that tax. */
  readonly credited: number;
  readonly tax: number;
  readonly shippingAmount: number;
  readonly shippingTaxAmount: number;
  readonly lines: readonly CreditedPart[];
}

export interface InvoiceFilter {
  readonly kind?: DocumentKind;
  readonly orderId?: string;
}

/** Documents, their numbers and files, and what the ledger says of refunds. */
@Injectable()
export class InvoicesRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    @InjectRepository(InvoiceFile) private readonly files: Repository<InvoiceFile>,
    private readonly pages: Pages,
  ) {}

  /** Takes the next number of a series, which waits for whoever has taken the last one: rolled back, it is free again. */
  async next(prefix: string, year: number): Promise<string> {
    const row = await this.transactions.queryOne<{ last: number }>(
      `INSERT INTO invoice_series AS s (prefix, year, last_number) VALUES ($1, $2, 1)
       ON CONFLICT (prefix, year) DO UPDATE SET last_number = s.last_number + 1 RETURNING last_number AS last`,
      [prefix, year],
    );
    return `${prefix}${year}-${String(row!.last).padStart(6, '0')}`;
  }

  async insert(invoice: Invoice): Promise<void> {
    await this.invoices.insert(invoice);
  }

  /** Newest first. */
  findPage({ kind, orderId }: InvoiceFilter, request: PageRequest): Promise<Page<Invoice>> {
    const query = this.invoices.createQueryBuilder('i');
    if (kind) query.andWhere({ kind });
    if (orderId) query.andWhere({ orderId });
    const context = `invoices ${kind} ${orderId}`;
    return this.pages.of(query, request, { by: ['i.id'], isDescending: true, context });
  }

  find(id: string): Promise<Invoice | null> {
    return this.invoices.findOneBy({ id });
  }

  /** Oldest first. */
  findAllOf(orderId: string): Promise<Invoice[]> {
    return this.invoices.find({ where: { orderId }, order: { id: 'ASC' } });
  }

  findNewest(orderId: string): Promise<Invoice | null> {
    return this.invoices.findOne({ where: { orderId, kind: 'invoice' }, order: { id: 'DESC' } });
  }

  findFile(invoiceId: string): Promise<InvoiceFile | null> {
    return this.files.findOneBy({ invoiceId });
  }

  /** Keeps a PDF unless there is one already. */
  async keepFile(invoiceId: string, content: Buffer): Promise<void> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.files.createQueryBuilder().insert().values({ invoiceId, content, sha256 }).orIgnore().execute();
  }

  /** Minor units that an order had been paid, and not given back. */
  async paidFor(orderId: string): Promise<number> {
    const row = await this.transactions.queryOne<{ paid: number }>(
      `SELECT coalesce(sum(captured_amount - refunded_amount), 0)::float8 AS paid FROM payments WHERE order_id = $1`,
      [orderId],
    );
    return row!.paid;
  }

  /** One statement over ledger, refunds and their lines. Oldest first; what touched no sale is left out. */
  creditedRefunds(orderId: string): Promise<CreditedRefund[]> {
    return this.transactions.query<CreditedRefund>(
      `SELECT r.id AS "refundId", r.amount::float8 AS amount, credit.credited, credit.tax,
         r.shipping_amount::float8 AS "shippingAmount", r.shipping_tax_amount::float8 AS "shippingTaxAmount",
         coalesce((SELECT json_agg(json_build_object('name', ol.name, 'sku', ol.sku, 'quantity', l.quantity, 'gross', l.amount,
             'tax', l.tax_amount, 'taxes', ol.taxes) ORDER BY ol.position)
           FROM refund_lines l JOIN order_lines ol ON ol.id = l.order_line_id WHERE l.refund_id = r.id), '[]') AS lines
       FROM (SELECT source_id, min(posting) AS posting, sum(amount)::float8 AS credited,
           coalesce(sum(amount) FILTER (WHERE account = 'tax_payable'), 0)::float8 AS tax
         FROM ledger_entries WHERE order_id = $1 AND cause = 'refund' AND account IN ('returns', 'tax_payable')
         GROUP BY source_id) AS credit JOIN refunds r ON r.id = credit.source_id
       ORDER BY credit.posting`,
      [orderId],
    );
  }

  /** Documents of the orders of a user, for their export. */
  listFor(userId: string): Promise<{ number: string; content: unknown }[]> {
    return this.transactions.query(
      `SELECT i.number, i.kind, i.issued_at AS "issuedAt", i.content FROM invoices i JOIN orders o ON o.id = i.order_id
       WHERE o.customer_id = $1 ORDER BY i.id`,
      [userId],
    );
  }
}
