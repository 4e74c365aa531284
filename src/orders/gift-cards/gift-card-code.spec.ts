import { newGiftCardCode, readGiftCardCode } from './gift-card-code.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

describe('the code of a gift card', () => {
  const codes = Array.from({ length: 50 }, newGiftCardCode);

  it('is five groups of four, never twice the same, and read as it was typed', () => {
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
      const plain = code.replaceAll('-', '');
      const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
      for (const text of [code, plain, typed, ` ${plain.replaceAll('1', 'I')} `])
        expect(readGiftCardCode(text)).toBe(plain);
    }
  });

  it('uses every character at every place of chance', () => {
    const seen = Array.from({ length: 19 }, () => new Set<string>());
    for (let made = 0; made < 3_000; made++)
      [...newGiftCardCode().replaceAll('-', '')]
        .slice(0, 19)
        .forEach((character, place) => seen[place]!.add(character));
    for (const characters of seen) expect(characters.size).toBe(32);
  });

  it('tells every wrong character, and every two that changed places', () => {
    const plain = codes[0]!.replaceAll('-', '');
    for (let place = 0; place < 20; place++) {
      for (const character of ALPHABET.replace(plain[place]!, ''))
        expect(readGiftCardCode(plain.slice(0, place) + character + plain.slice(place + 1))).toBeNull();
      for (let other = place + 1; other < 20; other++) {
        if (plain[place] === plain[other]) continue;
        const swapped = [...plain];
        [swapped[place], swapped[other]] = [plain[other]!, plain[place]!];
        expect(readGiftCardCode(swapped.join(''))).toBeNull();
      }
    }
  });

  it.each(['', '-', 'hello', 'U'.repeat(20), '0'.repeat(19), '0'.repeat(21), 'é'.repeat(20), '😀'.repeat(20)])(
    'is not %j',
    (text) => {
      expect(readGiftCardCode(text)).toBeNull();
    },
  );
});
