import { PdfDocument } from '../../common/pdf/pdf-document.js';
import type { PickingListResponseDto } from './picking-list.dto.js';

/** What stands on a picking list besides its order. */
const WORDS = {
  en: {
    title: 'Picking list',
    order: 'Order',
    from: 'From',
    to: 'To',
    pickup: 'Picked up by the customer',
    method: 'Shipping',
    note: 'The customer says',
    quantity: 'Pieces',
    sku: 'SKU',
    name: 'Article',
    barcode: 'Barcode',
    total: 'Pieces altogether',
  },
  de: {
    title: 'Packliste',
    order: 'Bestellung',
    from: 'Von',
    to: 'An',
    pickup: 'Wird abgeholt',
    method: 'Versand',
    note: 'Der Kunde sagt dazu',
    quantity: 'Stück',
    sku: 'Artikelnummer',
    name: 'Artikel',
    barcode: 'Strichcode',
    total: 'Stück insgesamt',
  },
} as const;

/** The picking list on paper. @param locale BCP 47; English where it has no words for it. */
export function pickingListPdf(list: PickingListResponseDto, locale: string): Promise<Buffer> {
  const language = new Intl.Locale(locale).language === 'de' ? 'de' : 'en';
  const words = WORDS[language];
  const title = `${words.title} ${list.orderNumber}`;
  const { code, name } = list.location;
  const pdf = PdfDocument.begin({
    title,
    language,
    date: list.createdAt,
    footer: `${words.order} ${list.orderNumber} · ${list.fulfilmentId}`,
  })
    .heading(title)
    .beside([words.from, name, code], [words.to, ...destinationOf(list, language)])
    .space();
  if (list.shippingMethod !== null) pdf.paragraph(`${words.method}: ${list.shippingMethod}`).space();
  if (list.note !== null) pdf.paragraph(`${words.note}: ${list.note}`).space();
  return pdf
    .table(
      [
        { label: words.quantity },
        { label: words.sku, share: 2 },
        { label: words.name, share: 4 },
        { label: words.barcode },
      ],
      list.lines.map(({ quantity, sku, name: article, barcode }) => [String(quantity), sku, article, barcode ?? '']),
    )
    .figures([
      {
        label: words.total,
        value: String(list.lines.reduce((sum, { quantity }) => sum + quantity, 0)),
        isBold: true,
      },
    ])
    .end();
}

/** As it is written on a parcel. */
function destinationOf({ shippingAddress, isPickup }: PickingListResponseDto, language: 'en' | 'de'): string[] {
  if (isPickup) return [WORDS[language].pickup, ...(shippingAddress ? [shippingAddress.name] : [])];
  if (!shippingAddress) return ['—'];
  const { name, company, line1, line2, postalCode, city, region, countryCode, phone } = shippingAddress;
  const country = new Intl.DisplayNames([language], { type: 'region' }).of(countryCode);
  const town = [postalCode, city, region].filter(Boolean).join(' ');
  return [name, company, line1, line2, town, country, phone].filter((line) => line !== undefined);
}
