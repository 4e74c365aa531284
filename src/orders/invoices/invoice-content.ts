import type { PostalAddress } from '../../common/address/postal-address.js';
import { allocate } from '../../common/money/money.js';
import type { Order } from '../entities/order.entity.js';
import type { AppliedTax } from '../order-totals.js';
import type { OrderWithLines } from '../orders.repository.js';

export const DOCUMENT_KINDS = ['invoice', 'credit_note'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** Who sells, from the settings on the day of the document. */
export interface Seller {
  readonly name: string;
  /** Street and town, as they are written on a letter. */
  readonly address: readonly string[];
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string | null;
  readonly vatId: string | null;
}

/** Minor units: without tax, the tax, and both together. */
export interface Amounts {
  readonly net: number;
  readonly tax: number;
  readonly gross: number;
}

/** What is due of one tax rate, or of several that apply together; also what comes to no tax. */
export interface TaxShare extends Amounts {
  /** Names and rates of the taxes that apply together; empty where none does. */
  readonly taxes: readonly Pick<AppliedTax, 'name' | 'rate'>[];
}

/** One row of a document. */
export interface DocumentLine extends Amounts {
  readonly sku: string | null;
  readonly name: string;
  readonly quantity: number;
  /** Of one piece, as the customer saw it; null where the row is no goods by the piece. */
  readonly unitPrice: number | null;
  readonly discount: number;
  readonly taxes: readonly AppliedTax[];
}

/** Everything that an invoice or a credit note says; kept as it was on its day, whatever becomes of order, catalogue and settings. */
export interface DocumentContent {
  readonly kind: DocumentKind;
  readonly number: string;
  /** Day in UTC. */
  readonly issuedOn: string;
  /** BCP 47. */
  readonly language: string;
  readonly currency: string;
  readonly orderNumber: string;
  readonly orderedOn: string;
  readonly seller: Seller;
  /** Null where the order has no address. */
  readonly buyer: PostalAddress | null;
  readonly shipTo: PostalAddress | null;
  readonly pricesIncludeTax: boolean;
  readonly lines: readonly DocumentLine[];
  /** In the order in which the lines have them; they come to `total`. */
  readonly taxes: readonly TaxShare[];
  readonly total: Amounts;
  /** Minor units that had been paid by then; 0 on a credit note. */
  readonly paid: number;
  /** What a credit note takes back. */
  readonly corrects: { readonly number: string; readonly issuedOn: string } | null;
}

/** What of a document does not follow from the order. */
export type DocumentFrame = Pick<DocumentContent, 'number' | 'issuedOn' | 'language' | 'seller'>;

/** A part of an order that is taken back, gross and the tax in it. */
export interface CreditedPart {
  readonly name: string;
  readonly sku: string | null;
  readonly quantity: number;
  readonly gross: number;
  readonly tax: number;
  /** Of the line it is of, or of shipping. */
  readonly taxes: readonly AppliedTax[];
}

/** The invoice of an order. @param paid Minor units. @param shippingName What shipping is called where the order does not say. */
export function invoiceContent(
  order: OrderWithLines,
  frame: DocumentFrame,
  paid: number,
  shippingName: string,
): DocumentContent {
  const amounts = (total: number, tax: number, isInclusive: boolean): Amounts =>
    isInclusive ? { net: total - tax, tax, gross: total } : { net: total, tax, gross: total + tax };
  const lines: DocumentLine[] = order.lines.map((line) => ({
    ...amounts(
      line.totalAmount - (order.pricesIncludeTax ? 0 : line.taxAmount),
      line.taxAmount,
      order.pricesIncludeTax,
    ),
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    unitPrice: line.unitPriceAmount,
    discount: line.discountAmount,
    taxes: line.taxes,
  }));
  const { shipping } = order;
  if (order.shippingTotalAmount > 0) {
    lines.push({
      ...amounts(order.shippingTotalAmount, order.shippingTaxAmount, order.pricesIncludeTax),
      sku: null,
      name: shipping?.name ?? shippingName,
      quantity: 1,
      unitPrice: shipping?.price ?? order.shippingTotalAmount,
      discount: shipping?.discount ?? 0,
      taxes: shipping?.taxes ?? [],
    });
  }
  return { ...frame, ...particulars(order), kind: 'invoice', lines, ...summedUp(lines), paid, corrects: null };
}

/** The credit note of parts of an invoice. */
export function creditNoteContent(
  invoice: DocumentContent,
  frame: DocumentFrame,
  parts: readonly CreditedPart[],
): DocumentContent {
  const lines: DocumentLine[] = parts.map(({ name, sku, quantity, gross, tax, taxes }) => ({
    net: gross - tax,
    tax,
    gross,
    sku,
    name,
    quantity: Math.max(quantity, 1),
    unitPrice: null,
    discount: 0,
    taxes: splitTax(taxes, tax),
  }));
  const { number, issuedOn } = invoice;
  return {
    ...invoice,
    ...frame,
    kind: 'credit_note',
    lines,
    ...summedUp(lines),
    paid: 0,
    corrects: { number, issuedOn },
  };
}

/** An amount as parts of what is left of an invoice, in proportion to its tax rates. @param tax The tax in it. */
export function inProportion(name: string, left: readonly TaxShare[], gross: number, tax: number): CreditedPart[] {
  const weigh = (total: number, of: (share: TaxShare) => number): number[] => {
    const weights = left.map((share) => Math.max(of(share), 0));
    return weights.some((weight) => weight > 0)
      ? allocate(total, weights)
      : weights.map((_, index) => (index ? 0 : total));
  };
  const taxes = weigh(tax, (share) => share.tax);
  const nets = weigh(gross - tax, (share) => share.net);
  return left.flatMap(({ taxes: rates }, index) => {
    const part = { tax: taxes[index]!, gross: nets[index]! + taxes[index]! };
    if (part.gross === 0) return [];
    return [
      {
        name,
        sku: null,
        quantity: 1,
        ...part,
        taxes: rates.map((rate) => ({ ...rate, rateId: null, amount: Math.round(Number(rate.rate) * 1e6) })),
      },
    ];
  });
}

/** What is left of an invoice by tax rate, after its credit notes. */
export function leftOf(invoice: DocumentContent, credited: readonly DocumentContent[]): TaxShare[] {
  const left = new Map(invoice.taxes.map((share) => [keyOf(share.taxes), { ...share }]));
  for (const share of credited.flatMap(({ taxes }) => taxes)) {
    const key = keyOf(share.taxes);
    const from = left.get(key) ?? { ...share, net: 0, tax: 0, gross: 0 };
    left.set(key, {
      ...from,
      net: from.net - share.net,
      tax: from.tax - share.tax,
      gross: from.gross - share.gross,
    });
  }
  return [...left.values()];
}

function particulars(order: Order) {
  const { shippingAddress, billingAddress, currency, number: orderNumber, pricesIncludeTax, placedAt } = order;
  return {
    currency,
    orderNumber,
    orderedOn: dayOf(placedAt),
    buyer: billingAddress ?? shippingAddress,
    shipTo: shippingAddress,
    pricesIncludeTax,
  };
}

function summedUp(lines: readonly DocumentLine[]): Pick<DocumentContent, 'taxes' | 'total'> {
  const shares = new Map<string, TaxShare>();
  const plus = (left: Amounts, right: Amounts): Amounts => ({
    net: left.net + right.net,
    tax: left.tax + right.tax,
    gross: left.gross + right.gross,
  });
  const nothing: Amounts = { net: 0, tax: 0, gross: 0 };
  for (const line of lines) {
    const taxes = line.taxes.map(({ name, rate }) => ({ name, rate }));
    const key = keyOf(taxes);
    shares.set(key, { taxes, ...plus(shares.get(key) ?? nothing, line) });
  }
  return { taxes: [...shares.values()], total: lines.reduce<Amounts>(plus, nothing) };
}

/** The tax of a part over the taxes that apply to it, as they were. */
function splitTax(taxes: readonly AppliedTax[], tax: number): AppliedTax[] {
  const weights = taxes.map(({ amount }) => amount);
  const parts = weights.some((weight) => weight > 0) ? allocate(tax, weights) : weights.map(() => 0);
  return taxes.map((each, index) => ({ ...each, amount: parts[index]! }));
}

const keyOf = (taxes: readonly { readonly name: string; readonly rate: string }[]): string =>
  JSON.stringify(taxes.map(({ name, rate }) => [name, Number(rate)]));

/** Of an instant, in UTC: `2026-01-15`. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
