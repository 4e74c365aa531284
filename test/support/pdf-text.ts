import { inflateSync } from 'node:zlib';

/** What stands on each page of a PDF that pdfkit has written, in the order in which it was written; words are set apart by blanks. */
export function pdfText(pdf: Buffer): string[] {
  const objects = new Map<string, Buffer>();
  for (const [whole, id] of pdf.toString('latin1').matchAll(/(\d+) 0 obj\n[^]*?\nendobj/g)) {
    objects.set(id!, Buffer.from(whole, 'latin1'));
  }
  const dictionary = (id: string): string => objects.get(id)!.toString('latin1').split('\nstream\n')[0]!;
  const stream = (id: string): string => {
    const bytes = objects.get(id)!;
    const content = bytes.subarray(bytes.indexOf('\nstream\n') + 8, bytes.lastIndexOf('\nendstream'));
    return (dictionary(id).includes('/FlateDecode') ? inflateSync(content) : content).toString('latin1');
  };
  const reference = (id: string, key: string): string =>
    new RegExp(`/${key} \\[?\\s*(\\d+) 0 R`).exec(dictionary(id))![1]!;
  const fonts = (page: string): Map<string, string[]> =>
    new Map(
      [...dictionary(reference(page, 'Resources')).matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, id]) => [
        name!,
        lettersOf(stream(reference(id!, 'ToUnicode'))),
      ]),
    );
  const pages = [...objects.keys()].filter((id) => /\/Type \/Page\b/.test(dictionary(id)));
  return pages.map((page) => {
    const known = fonts(page);
    let letters: string[] = [];
    let text = '';
    for (const [, font, shown] of stream(reference(page, 'Contents')).matchAll(/\/(F\d+) [\d.]+ Tf|\[(.*)\] TJ/g)) {
      if (font) letters = known.get(font)!;
      else text += `${[...shown!.matchAll(/<([0-9a-f]+)>/g)].map(([, hex]) => decoded(hex!, letters)).join('')} `;
    }
    return text.replace(/\s+/g, ' ').trim();
  });
}

const decoded = (hex: string, letters: readonly string[]): string =>
  (hex.match(/.{4}/g) ?? []).map((glyph) => letters[Number.parseInt(glyph, 16)] ?? '').join('');

/** The letters of the glyphs of one font, by number. */
function lettersOf(cmap: string): string[] {
  const letters: string[] = [];
  for (const [, first, list] of cmap.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[(.*)\]/g)) {
    [...list!.matchAll(/<([0-9a-f ]*)>/g)].forEach(([, units], index) => {
      letters[Number.parseInt(first!, 16) + index] = Buffer.from(units!.replaceAll(' ', ''), 'hex')
        .swap16()
        .toString('utf16le');
    });
  }
  return letters;
}
