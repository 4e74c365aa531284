import type { PostalAddress } from '../../common/address/postal-address.js';
import { minorDigits } from '../../common/money/currencies.js';
import type { DocumentContent, DocumentLine, TaxShare } from './invoice-content.js';

/** An element: its name, and its text or what is in it; nothing where that is empty. */
type Xml = string | readonly Xml[];

/** Commercial invoice, and credit note (UNTDID 1001). */
const TYPE_CODES = { invoice: '380', credit_note: '381' } as const;
/** EN 16931 allows amounts two decimals (BR-DEC). */
const MOST_DIGITS = 2;

/** Why EN 16931 cannot say what a document says; null when it can. */
export function unsayable({ seller, buyer, currency, taxes }: DocumentContent): string | null {
  if (seller.vatId === null || seller.countryCode === null)
    return 'the seller has no VAT id or no country (SELLER_VAT_ID, SELLER_COUNTRY)';
  if (buyer === null) return 'the order has no address';
  if (minorDigits(currency) > MOST_DIGITS) return `amounts in ${currency} have more than two decimals`;
  if (taxes.some(({ taxes: together }) => together.length > 1)) return 'several taxes apply to one line';
  return null;
}

/**
 * The document for machines: Cross Industry Invoice of UN/CEFACT, as EN 16931 and Factur-X 1.07 (profile EN 16931) have it.
 *
 * A price is said for all pieces of a line together, so that it is exact also where prices include tax.
 *
 * @param content One of which `unsayable` says nothing.
 */
export function invoiceXml(content: DocumentContent): string {
  const { kind, number, issuedOn, currency, seller, buyer, shipTo, lines, taxes, total, paid, corrects } = content;
  const amount = (minor: number): string => decimal(minor, minorDigits(currency));
  const prepaid = Math.min(paid, total.gross);
  const due = total.gross - prepaid;
  const document = element(
    'rsm:CrossIndustryInvoice',
    [
      element('rsm:ExchangedDocumentContext', [
        element('ram:GuidelineSpecifiedDocumentContextParameter', [element('ram:ID', 'urn:cen.eu:en16931:2017')]),
      ]),
      element('rsm:ExchangedDocument', [
        element('ram:ID', number),
        element('ram:TypeCode', TYPE_CODES[kind]),
        element('ram:IssueDateTime', [dateTime(issuedOn)]),
      ]),
      element('rsm:SupplyChainTradeTransaction', [
        lines.map((line, index) => lineXml(line, index, amount)),
        element('ram:ApplicableHeaderTradeAgreement', [
          element('ram:SellerTradeParty', [
            element('ram:Name', seller.name),
            element('ram:PostalTradeAddress', [
              ['LineOne', 'LineTwo', 'LineThree'].map((name, index) => element(`ram:${name}`, seller.address[index])),
              element('ram:CountryID', seller.countryCode!),
            ]),
            element('ram:SpecifiedTaxRegistration', [element('ram:ID', seller.vatId!, 'schemeID="VA"')]),
          ]),
          partyXml('ram:BuyerTradeParty', buyer!),
          element('ram:BuyerOrderReferencedDocument', [element('ram:IssuerAssignedID', content.orderNumber)]),
        ]),
        // It may be empty, and must be there.
        element('ram:ApplicableHeaderTradeDelivery', [shipTo ? partyXml('ram:ShipToTradeParty', shipTo) : []]) ||
          '<ram:ApplicableHeaderTradeDelivery/>',
        element('ram:ApplicableHeaderTradeSettlement', [
          element('ram:InvoiceCurrencyCode', currency),
          taxes.map((share) =>
            element('ram:ApplicableTradeTax', [
              element('ram:CalculatedAmount', amount(share.tax)),
              element('ram:TypeCode', 'VAT'),
              element('ram:ExemptionReason', categoryOf(share) === 'E' ? 'No tax is due' : undefined),
              element('ram:BasisAmount', amount(share.net)),
              element('ram:CategoryCode', categoryOf(share)),
              element('ram:RateApplicablePercent', percentOf(share)),
            ]),
          ),
          element('ram:SpecifiedTradePaymentTerms', [
            element('ram:Description', kind === 'invoice' && due > 0 ? 'Due on receipt' : undefined),
          ]),
          element('ram:SpecifiedTradeSettlementHeaderMonetarySummation', [
            element('ram:LineTotalAmount', amount(total.net)),
            element('ram:TaxBasisTotalAmount', amount(total.net)),
            element('ram:TaxTotalAmount', amount(total.tax), `currencyID="${currency}"`),
            element('ram:GrandTotalAmount', amount(total.gross)),
            element('ram:TotalPrepaidAmount', prepaid > 0 ? amount(prepaid) : undefined),
            element('ram:DuePayableAmount', amount(due)),
          ]),
          corrects
            ? element('ram:InvoiceReferencedDocument', [
                element('ram:IssuerAssignedID', corrects.number),
                element('ram:FormattedIssueDateTime', [
                  element('qdt:DateTimeString', compact(corrects.issuedOn), 'format="102"'),
                ]),
              ])
            : [],
        ]),
      ]),
    ],
    [
      'rsm:CrossIndustryInvoice:100',
      'ram:ReusableAggregateBusinessInformationEntity:100',
      'udt:UnqualifiedDataType:100',
      'qdt:QualifiedDataType:100',
    ]
      .map((name) => `xmlns:${name.slice(0, 3)}="urn:un:unece:uncefact:data:standard:${name.slice(4)}"`)
      .join(' '),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${flat(document)}\n`;
}

function lineXml(line: DocumentLine, index: number, amount: (minor: number) => string): Xml {
  const pieces = element('ram:BilledQuantity', String(line.quantity), 'unitCode="C62"');
  return element('ram:IncludedSupplyChainTradeLineItem', [
    element('ram:AssociatedDocumentLineDocument', [element('ram:LineID', String(index + 1))]),
    element('ram:SpecifiedTradeProduct', [
      element('ram:SellerAssignedID', line.sku ?? undefined),
      element('ram:Name', line.name),
    ]),
    element('ram:SpecifiedLineTradeAgreement', [
      element('ram:NetPriceProductTradePrice', [
        element('ram:ChargeAmount', amount(line.net)),
        element('ram:BasisQuantity', String(line.quantity), 'unitCode="C62"'),
      ]),
    ]),
    element('ram:SpecifiedLineTradeDelivery', [pieces]),
    element('ram:SpecifiedLineTradeSettlement', [
      element('ram:ApplicableTradeTax', [
        element('ram:TypeCode', 'VAT'),
        element('ram:CategoryCode', categoryOf(line)),
        element('ram:RateApplicablePercent', percentOf(line)),
      ]),
      element('ram:SpecifiedTradeSettlementLineMonetarySummation', [element('ram:LineTotalAmount', amount(line.net))]),
    ]),
  ]);
}

function partyXml(name: string, address: PostalAddress): Xml {
  const { company, line1, line2, city, postalCode, region, countryCode } = address;
  return element(name, [
    element('ram:Name', company ?? address.name),
    element('ram:DefinedTradeContact', [element('ram:PersonName', company ? address.name : undefined)]),
    element('ram:PostalTradeAddress', [
      element('ram:PostcodeCode', postalCode),
      element('ram:LineOne', line1),
      element('ram:LineTwo', line2),
      element('ram:CityName', city),
      element('ram:CountryID', countryCode),
      element('ram:CountrySubDivisionName', region),
    ]),
  ]);
}

/** Standard rate, zero rate, or exempt (UNTDID 5305). */
function categoryOf({ taxes }: Pick<TaxShare, 'taxes'>): 'S' | 'Z' | 'E' {
  const [tax] = taxes;
  if (!tax) return 'E';
  return Number(tax.rate) > 0 ? 'S' : 'Z';
}

/** "0.19" is "19". */
function percentOf({ taxes }: Pick<TaxShare, 'taxes'>): string {
  return taxes[0] ? String(Number((Number(taxes[0].rate) * 100).toFixed(6))) : '0';
}

function decimal(minor: number, digits: number): string {
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  return `${minor < 0 ? '-' : ''}${digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`}`;
}

const compact = (day: string): string => day.replaceAll('-', '');
const dateTime = (day: string): Xml => element('udt:DateTimeString', compact(day), 'format="102"');

function element(name: string, content: Xml | undefined, attributes?: string): Xml {
  if (content === undefined) return '';
  const inner = typeof content === 'string' ? escaped(content) : flat(content);
  return inner === '' ? '' : `<${name}${attributes ? ` ${attributes}` : ''}>${inner}</${name}>`;
}

function flat(content: Xml): string {
  return typeof content === 'string' ? content : content.map(flat).join('');
}

/** Without the characters that XML 1.0 cannot hold at all. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
  );
}
