import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { chooseLocale } from '../../mail/locales/choose-locale.js';
import { OrderMailQueue } from '../mails/order-mail-queue.service.js';
import type { OrderStatus } from '../order-status.js';
import type { OrderWithLines } from '../orders.repository.js';
import {
  creditNoteContent,
  type CreditedPart,
  dayOf,
  type DocumentContent,
  type DocumentFrame,
  type DocumentKind,
  inProportion,
  invoiceContent,
  leftOf,
  type Seller,
} from './invoice-content.js';
import { invoiceTexts } from './invoice-texts.js';
import { SellerUnknownError } from './invoices.errors.js';
import { type CreditedRefund, InvoicesRepository } from './invoices.repository.js';

/** An order whose total is owed. */
export const isSold = ({ status }: { readonly status: OrderStatus }): boolean =>
  status === 'confirmed' || status === 'on_hold' || status === 'completed';

/** Writes what invoices and credit notes say, each with its number; in the open transaction, of an order that is locked. */
@Injectable()
export class InvoiceDrafts {
  constructor(
    private readonly environment: Environment,
    private readonly invoices: InvoicesRepository,
    private readonly mails: OrderMailQueue,
  ) {}

  /** @throws SellerUnknownError */
  async invoice(order: OrderWithLines): Promise<DocumentContent> {
    const seller = this.seller();
    const language = chooseLocale(await this.mails.localeOf(order), this.environment.DEFAULT_LOCALE).tag;
    const paid = await this.invoices.paidFor(order.id);
    const frame = await this.frame('invoice', language, seller);
    return invoiceContent(order, frame, paid, invoiceTexts(language).shipping);
  }

  /**
   * The credit note of a refund: of its lines and shipping where it is for some, else in proportion to the tax rates of what is left of the
   * invoice, and never more than that.
   *
   * @returns null where nothing is left of the invoice.
   */
  async creditOfRefund(
    invoice: DocumentContent,
    credits: readonly DocumentContent[],
    refund: CreditedRefund,
  ): Promise<DocumentContent | null> {
    const left = leftOf(invoice, credits);
    const open = { gross: sum(left, ({ gross }) => gross), tax: sum(left, ({ tax }) => tax) };
    const gross = Math.min(refund.credited, open.gross);
    if (gross <= 0) return null;
    const tax = Math.max(Math.min(refund.tax, open.tax), gross - (open.gross - open.tax));
    const ofParts = partsOf(refund, invoice);
    const isWhole = sum(ofParts, (part) => part.gross) === gross && sum(ofParts, (part) => part.tax) === tax;
    const parts = isWhole ? ofParts : inProportion(invoiceTexts(invoice.language).refund, left, gross, tax);
    return creditNoteContent(invoice, await this.frame('credit_note', invoice.language, invoice.seller), parts);
  }

  /** The credit note of all that is left of an invoice. */
  async creditOfRest(invoice: DocumentContent, credits: readonly DocumentContent[]): Promise<DocumentContent> {
    const frame = await this.frame('credit_note', invoice.language, invoice.seller);
    if (credits.length === 0) return creditNoteContent(invoice, frame, invoice.lines);
    const name = invoiceTexts(invoice.language).cancellation;
    const parts = leftOf(invoice, credits).flatMap((share) =>
      share.gross === 0 ? [] : inProportion(name, [share], share.gross, share.tax),
    );
    return creditNoteContent(invoice, frame, parts);
  }

  private async frame(kind: DocumentKind, language: string, seller: Seller): Promise<DocumentFrame> {
    const issuedOn = dayOf(new Date());
    const { INVOICE_PREFIX, CREDIT_NOTE_PREFIX } = this.environment;
    const prefix = kind === 'invoice' ? INVOICE_PREFIX : CREDIT_NOTE_PREFIX;
    return { number: await this.invoices.next(prefix, Number(issuedOn.slice(0, 4))), issuedOn, language, seller };
  }

  private seller(): Seller {
    const { SELLER_NAME, SELLER_ADDRESS, SELLER_COUNTRY, SELLER_VAT_ID } = this.environment;
    if (SELLER_NAME === undefined) throw new SellerUnknownError();
    return {
      name: SELLER_NAME,
      address: SELLER_ADDRESS,
      countryCode: SELLER_COUNTRY ?? null,
      vatId: SELLER_VAT_ID ?? null,
    };
  }
}

/** The lines of a refund, and its shipping. */
function partsOf(
  { lines, shippingAmount, shippingTaxAmount }: CreditedRefund,
  invoice: DocumentContent,
): CreditedPart[] {
  const shipping = invoice.lines.find(({ sku }) => sku === null);
  const ofShipping =
    shippingAmount > 0 && shipping
      ? [
          {
            name: shipping.name,
            sku: null,
            quantity: 1,
            gross: shippingAmount,
            tax: shippingTaxAmount,
            taxes: shipping.taxes,
          },
        ]
      : [];
  return [...lines, ...ofShipping].filter(({ gross }) => gross > 0);
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
