import type { PostalAddress } from '../../common/address/postal-address.js';
import { formatMoney } from '../../common/money/currencies.js';
import { PdfDocument, type PdfColumn, type PdfFigure } from '../../common/pdf/pdf-document.js';
import type { DocumentContent, TaxShare } from './invoice-content.js';
import { invoiceTexts } from './invoice-texts.js';

/** The document as people read it. The same content makes the same bytes. */
export function invoicePdf(content: DocumentContent): Promise<Buffer> {
  const { kind, seller, language, currency, number, lines, total, pricesIncludeTax, corrects, paid } = content;
  const texts = invoiceTexts(language);
  const money = (amount: number): string => formatMoney({ amount, currency }, language);
  const day = (iso: string): string =>
    new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 3 });
  const rates = ({ taxes }: Pick<TaxShare, 'taxes'>): string =>
    taxes.map(({ rate }) => percent.format(Number(rate))).join(' + ');
  const nameOf = ({ taxes }: TaxShare): string =>
    taxes.map(({ name, rate }) => `${name} ${percent.format(Number(rate))}`).join(' + ');

  const pdf = PdfDocument.begin({
    title: `${texts[kind]} ${number}`,
    language,
    date: new Date(content.issuedOn),
    footer: [seller.name, ...seller.address, ...(seller.vatId ? [`${texts.vatId} ${seller.vatId}`] : [])].join(' · '),
    pageLabel: (page, pages) => `${number} · ${texts.page(page, pages)}`,
  });
  pdf.heading(`${texts[kind]} ${number}`);
  if (corrects) pdf.paragraph(texts.corrects(corrects.number, day(corrects.issuedOn))).space();
  pdf.beside(
    [seller.name, ...seller.address, ...(seller.vatId ? [`${texts.vatId}: ${seller.vatId}`] : [])],
    [
      `${texts.number}: ${number}`,
      `${texts.date}: ${day(content.issuedOn)}`,
      `${texts.order}: ${content.orderNumber}`,
      `${texts.orderDate}: ${day(content.orderedOn)}`,
    ],
  );
  pdf.space();
  const addresses = [
    { label: texts.billedTo, address: content.buyer },
    ...(JSON.stringify(content.buyer) === JSON.stringify(content.shipTo)
      ? []
      : [{ label: texts.shippedTo, address: content.shipTo }]),
  ].flatMap(({ label, address }) => (address ? [[`${label}:`, ...addressLines(address, language)]] : []));
  if (addresses.length > 0) pdf.beside(...addresses, ...(addresses.length === 1 ? [[]] : [])).space();

  const hasPrices = lines.some(({ unitPrice }) => unitPrice !== null);
  const hasDiscounts = lines.some(({ discount }) => discount > 0);
  const columns: (PdfColumn & { of: (line: (typeof lines)[number], index: number) => string })[] = [
    { label: '#', of: (_, index) => `${index + 1}` },
    { label: texts.item, share: 1, of: ({ name, sku }) => (sku ? `${name}\n${sku}` : name) },
    { label: texts.quantity, of: ({ quantity }) => new Intl.NumberFormat(language).format(quantity) },
    ...(hasPrices
      ? [
          {
            label: texts.unitPrice,
            of: (line: (typeof lines)[number]) => (line.unitPrice === null ? '' : money(line.unitPrice)),
          },
        ]
      : []),
    ...(hasDiscounts
      ? [
          {
            label: texts.discount,
            of: ({ discount }: (typeof lines)[number]) => (discount > 0 ? money(-discount) : ''),
          },
        ]
      : []),
    { label: texts.tax, of: (line) => rates(line) },
    {
      label: pricesIncludeTax ? texts.amountGross : texts.amountNet,
      of: ({ gross, net }) => money(pricesIncludeTax ? gross : net),
    },
  ];
  pdf.table(
    columns,
    lines.map((line, index) => columns.map(({ of }) => of(line, index))),
  );

  const sum: PdfFigure = {
    label: kind === 'invoice' ? texts.total : texts.credited,
    value: money(total.gross),
    isBold: true,
  };
  const shares = content.taxes.map((share) => ({
    label:
      share.taxes.length === 0 ? `${texts.untaxed}: ${money(share.net)}` : texts.taxOn(nameOf(share), money(share.net)),
    value: money(share.tax),
  }));
  const due = Math.max(total.gross - paid, 0);
  pdf.figures([
    ...(pricesIncludeTax ? [] : [{ label: texts.sumNet, value: money(total.net) }, ...shares]),
    sum,
    ...(kind === 'invoice'
      ? [
          { label: texts.paid, value: money(Math.min(paid, total.gross)) },
          { label: texts.due, value: money(due), isBold: due > 0 },
        ]
      : []),
  ]);
  if (pricesIncludeTax && total.tax > 0)
    pdf.figures([{ label: texts.includedTax, value: money(total.tax) }, ...shares]);
  return pdf.end();
}

function addressLines(address: PostalAddress, language: string): string[] {
  const { company, name, line1, line2, postalCode, city, region, countryCode } = address;
  const country = new Intl.DisplayNames([language], { type: 'region', fallback: 'code' }).of(countryCode);
  const town = [[postalCode, city].filter(Boolean).join(' '), region].filter(Boolean).join(', ');
  return [company, name, line1, line2, town, country].filter((line): line is string => Boolean(line));
}
