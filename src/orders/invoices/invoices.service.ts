import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { OrderReach } from '../order-access.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { SYSTEM } from '../order-status.js';
import { OrdersRepository, type OrderWithLines } from '../orders.repository.js';
import type { Invoice } from './invoice.entity.js';
import type { DocumentContent } from './invoice-content.js';
import { InvoiceEvent } from './invoice.event.js';
import { InvoiceDrafts, isSold } from './invoice-drafts.service.js';
import { InvoiceAlreadyIssuedError, InvoiceNotFoundError, OrderNotInvoiceableError } from './invoices.errors.js';
import { type InvoiceFilter, InvoicesRepository } from './invoices.repository.js';

const EVERY_ORDER: OrderReach = { isStaff: true, customerId: null, holdsToken: false, actor: SYSTEM };

/** Issues invoices and credit notes. Each is issued once, whoever asks how often, and never changed: docs/decisions/0031-invoices.md. */
@Injectable()
export class InvoicesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly orders: OrdersRepository,
    private readonly invoices: InvoicesRepository,
    private readonly drafts: InvoiceDrafts,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Issues the invoice of an order, and the credit notes of what has gone back of it already. Where the order comes to something else than
   * its last invoice says, a new one is issued and a credit note takes back what is left of that.
   *
   * @throws OrderNotFoundError; OrderNotInvoiceableError unless it is sold; InvoiceAlreadyIssuedError; SellerUnknownError.
   */
  issue(orderId: string): Promise<Invoice> {
    return this.transactions.run(async () => {
      const order = await this.lock(orderId);
      if (!isSold(order)) throw new OrderNotInvoiceableError(order.status);
      const issued = await this.invoices.findAllOf(orderId);
      const standing = standingOf(issued);
      if (standing && saysTheSame(standing.content, order)) throw new InvoiceAlreadyIssuedError(standing.number);
      const source = `order:${issued.filter(({ kind }) => kind === 'invoice').length + 1}`;
      const content = await this.drafts.invoice(order);
      const invoice = await this.record(orderId, content, source, null);
      if (standing) await this.creditRest(standing, issued, `correction:${standing.number}`);
      else await this.creditRefunds(orderId, [...issued, invoice]);
      return invoice;
    });
  }

  /** The same where the order may have its invoice, or not be sold any more: for jobs, which come more than once. */
  async issueDue(orderId: string): Promise<void> {
    try {
      await this.issue(orderId);
    } catch (error) {
      if (!(error instanceof InvoiceAlreadyIssuedError) && !(error instanceof OrderNotInvoiceableError)) throw error;
    }
  }

  /** Issues the credit notes that an order with an invoice lacks: of refunds, of its cancellation, or of what an edit has changed. */
  async follow(orderId: string): Promise<void> {
    if (!(await this.invoices.findNewest(orderId))) return;
    const isOutdated = await this.transactions.run(async () => {
      const order = await this.lock(orderId);
      const before = await this.invoices.findAllOf(orderId);
      const issued = [...before, ...(await this.creditRefunds(orderId, before))];
      const standing = standingOf(issued);
      if (standing && !isSold(order)) await this.creditRest(standing, issued, `cancellation:${standing.number}`);
      return standing && isSold(order) && !saysTheSame(standing.content, order);
    });
    if (isOutdated) await this.issueDue(orderId);
  }

  /** Makes the PDF of a document, unless there is one. */
  async render(id: string): Promise<Buffer> {
    const kept = await this.invoices.findFile(id);
    if (kept) return kept.content;
    const { content } = await this.get(id);
    const { invoicePdf } = await import('./invoice-pdf.js');
    await this.invoices.keepFile(id, await invoicePdf(content));
    return (await this.invoices.findFile(id))!.content;
  }

  list(filter: InvoiceFilter, request: PageRequest): Promise<Page<Invoice>> {
    return this.invoices.findPage(filter, request);
  }

  /** @throws InvoiceNotFoundError */
  async get(id: string): Promise<Invoice> {
    return (await this.invoices.find(id)) ?? raise(new InvoiceNotFoundError());
  }

  /** The newest invoice of an order. @throws OrderNotFoundError; InvoiceNotFoundError */
  async newestOf(orderId: string, reach: OrderReach): Promise<Invoice> {
    if (!(await this.orders.isReached(orderId, reach))) throw new OrderNotFoundError();
    return (await this.invoices.findNewest(orderId)) ?? raise(new InvoiceNotFoundError());
  }

  private async lock(orderId: string): Promise<OrderWithLines> {
    const order = (await this.orders.lock(orderId, EVERY_ORDER)) ?? raise(new OrderNotFoundError());
    return Object.assign(order, { lines: await this.orders.findLines([orderId]) });
  }

  private async creditRefunds(orderId: string, issued: readonly Invoice[]): Promise<Invoice[]> {
    const known = new Set(issued.map(({ source }) => source));
    const notes: Invoice[] = [];
    for (const refund of await this.invoices.creditedRefunds(orderId)) {
      const source = `refund:${refund.refundId}`;
      if (known.has(source)) continue;
      const all = [...issued, ...notes];
      const standing = standingOf(all);
      if (!standing) break;
      const content = await this.drafts.creditOfRefund(standing.content, creditsOf(standing, all), refund);
      if (content) notes.push(await this.record(orderId, content, source, standing.id));
    }
    return notes;
  }

  private async creditRest(invoice: Invoice, issued: readonly Invoice[], source: string): Promise<void> {
    const content = await this.drafts.creditOfRest(invoice.content, creditsOf(invoice, issued));
    await this.record(invoice.orderId, content, source, invoice.id);
  }

  private async record(
    orderId: string,
    content: DocumentContent,
    source: string,
    invoiceId: string | null,
  ): Promise<Invoice> {
    const { kind, number, currency, total } = content;
    const id = newId();
    const [totalAmount, taxAmount] = [total.gross, total.tax];
    const invoice = {
      id,
      kind,
      number,
      orderId,
      currency,
      totalAmount,
      taxAmount,
      invoiceId,
      source,
      content,
      issuedAt: new Date(),
    };
    await this.invoices.insert(invoice);
    const event = new InvoiceEvent(invoice);
    await this.outbox.add(event);
    await this.audit.record({
      action: event.type,
      target: { type: 'invoice', id },
      after: { number, orderId, totalAmount, currency },
    });
    return invoice;
  }
}

const creditsOf = (invoice: Invoice, issued: readonly Invoice[]): DocumentContent[] =>
  issued.filter(({ invoiceId }) => invoiceId === invoice.id).map(({ content }) => content);

/** The newest invoice that credit notes have not taken back whole. */
function standingOf(issued: readonly Invoice[]): Invoice | null {
  const newest = issued.filter(({ kind }) => kind === 'invoice').at(-1);
  if (!newest) return null;
  const notes = issued.filter(({ invoiceId }) => invoiceId === newest.id);
  const credited = notes.reduce((sum, { totalAmount }) => sum + totalAmount, 0);
  return credited < newest.totalAmount || notes.length === 0 ? newest : null;
}

function saysTheSame(
  { total, lines }: DocumentContent,
  order: { totalAmount: number; taxTotalAmount: number; lines: readonly { sku: string; quantity: number }[] },
): boolean {
  const said = lines.flatMap(({ sku, quantity }) => (sku === null ? [] : [`${sku} ${quantity}`])).join('\n');
  const ordered = order.lines.map(({ sku, quantity }) => `${sku} ${quantity}`).join('\n');
  return total.gross === order.totalAmount && total.tax === order.taxTotalAmount && said === ordered;
}
