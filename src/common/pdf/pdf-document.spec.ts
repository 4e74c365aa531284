import { pdfText } from '../../../test/support/pdf-text.js';
import { PdfDocument, type PdfFrame } from './pdf-document.js';

const frame: PdfFrame = {
  title: 'List 1',
  language: 'en',
  date: new Date('2026-01-02T03:04:05Z'),
  footer: 'Shop Ltd',
  pageLabel: (page, pages) => `Page ${page} of ${pages}`,
};
const columns = [{ label: 'No.' }, { label: 'Article', share: 1 }, { label: 'Amount' }];
const rows = (count: number, name: string): string[][] =>
  Array.from({ length: count }, (_, index) => [`${index + 1}`, name, '9,007,199,254,740.991 KWD']);

describe('PdfDocument', () => {
  it('shows Latin, Greek, Cyrillic and the signs of currencies as they are', async () => {
    const text = 'Größe Łódź Țară İstanbul Ελλάδα Київ € £ ¥ ₹ ₴ د';
    const [page] = pdfText(await PdfDocument.begin(frame).heading('Title').paragraph(text).end());
    expect(page).toBe(`Title ${text} Shop Ltd Page 1 of 1`);
  });

  it('repeats the header of a table on every page, keeps its rows whole, and numbers the pages', async () => {
    const pages = pdfText(
      await PdfDocument.begin(frame)
        .table(columns, rows(60, 'Shirt '.repeat(60)))
        .end(),
    );
    expect(pages.length).toBeGreaterThan(3);
    pages.forEach((page, index) => {
      expect(page).toMatch(/^No\. Article Amount \d/);
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(page.match(/KWD/g)?.length).toBe(page.match(/Shirt /g)!.length / 60);
    });
    expect(pages.join(' ').match(/KWD/g)).toHaveLength(60);
  });

  it('makes the same bytes of the same content', async () => {
    const make = (): Promise<Buffer> => PdfDocument.begin(frame).table(columns, rows(3, 'Shirt')).end();
    expect((await make()).equals(await make())).toBe(true);
  });

  it('is made whatever the text is: other scripts, halves of characters, control characters, words without end', async () => {
    const strange = `日本語 한국어 हिन्दी ไทย 😀 עברית \ud800 \0\x07\t ${'W'.repeat(3000)}\r\n\u202e`;
    const pdf = PdfDocument.begin({ ...frame, title: strange, footer: strange });
    pdf.heading(strange.slice(0, 60)).beside([strange], [strange, ''], []).paragraph('').paragraph(strange);
    pdf.table(columns, [[strange.slice(0, 40), strange, strange.slice(0, 60)]]).table([{ label: 'A' }], []);
    pdf.figures([{ label: strange.slice(0, 200), value: '1.00' }]).figures([]);
    const pages = pdfText(await pdf.end());
    expect(pages.at(-1)).toContain(`Page ${pages.length} of ${pages.length}`);
    expect(pages.length).toBeLessThan(10);
  });

  it('leaves figures on one line by setting a crowded table smaller', async () => {
    const many = [{ label: 'Name', share: 1 }, ...Array.from({ length: 5 }, (_, index) => ({ label: `Sum ${index}` }))];
    const [page] = pdfText(
      await PdfDocument.begin(frame)
        .table(many, [['x', ...Array(5).fill('9,007,199,254,740.991 KWD')]])
        .end(),
    );
    expect(page!.match(/9,007,199,254,740\.991 KWD/g)).toHaveLength(5);
  });
});
