/** What invoices and credit notes say, in one language. */
export interface InvoiceTexts {
  readonly invoice: string;
  readonly credit_note: string;
  readonly number: string;
  readonly date: string;
  readonly order: string;
  readonly orderDate: string;
  readonly vatId: string;
  readonly billedTo: string;
  readonly shippedTo: string;
  readonly item: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly discount: string;
  readonly tax: string;
  readonly amountNet: string;
  readonly amountGross: string;
  readonly sumNet: string;
  readonly taxOn: (tax: string, net: string) => string;
  readonly untaxed: string;
  readonly includedTax: string;
  readonly total: string;
  readonly credited: string;
  readonly paid: string;
  readonly due: string;
  readonly corrects: (number: string, date: string) => string;
  readonly shipping: string;
  readonly refund: string;
  readonly cancellation: string;
  readonly page: (page: number, pages: number) => string;
}

const en: InvoiceTexts = {
  invoice: 'Invoice',
  credit_note: 'Credit note',
  number: 'Number',
  date: 'Date',
  order: 'Order',
  orderDate: 'Ordered on',
  vatId: 'VAT ID',
  billedTo: 'Billed to',
  shippedTo: 'Shipped to',
  item: 'Item',
  quantity: 'Qty',
  unitPrice: 'Unit price',
  discount: 'Discount',
  tax: 'Tax',
  amountNet: 'Net',
  amountGross: 'Amount',
  sumNet: 'Net total',
  taxOn: (tax, net) => `${tax} on ${net}`,
  untaxed: 'Without tax',
  includedTax: 'Of which tax',
  total: 'Total',
  credited: 'Credited',
  paid: 'Paid',
  due: 'Due',
  corrects: (number, date) => `This credit note corrects invoice ${number} of ${date}.`,
  shipping: 'Shipping',
  refund: 'Refund',
  cancellation: 'Cancelled',
  page: (page, pages) => `Page ${page} of ${pages}`,
};

const de: InvoiceTexts = {
  invoice: 'Rechnung',
  credit_note: 'Rechnungskorrektur',
  number: 'Nummer',
  date: 'Datum',
  order: 'Bestellung',
  orderDate: 'Bestellt am',
  vatId: 'USt-IdNr.',
  billedTo: 'Rechnung an',
  shippedTo: 'Lieferung an',
  item: 'Artikel',
  quantity: 'Menge',
  unitPrice: 'Einzelpreis',
  discount: 'Rabatt',
  tax: 'Steuer',
  amountNet: 'Netto',
  amountGross: 'Betrag',
  sumNet: 'Summe netto',
  taxOn: (tax, net) => `${tax} auf ${net}`,
  untaxed: 'Ohne Steuer',
  includedTax: 'Darin enthaltene Steuer',
  total: 'Gesamtbetrag',
  credited: 'Gutschrift',
  paid: 'Bezahlt',
  due: 'Offen',
  corrects: (number, date) => `Korrigiert die Rechnung ${number} vom ${date}.`,
  shipping: 'Versand',
  refund: 'Erstattung',
  cancellation: 'Storniert',
  page: (page, pages) => `Seite ${page} von ${pages}`,
};

const TEXTS: Readonly<Record<string, InvoiceTexts>> = { en, de };

/** @param tag BCP 47; English for a language that is not spoken. */
export function invoiceTexts(tag: string): InvoiceTexts {
  return TEXTS[new Intl.Locale(tag).language] ?? en;
}
