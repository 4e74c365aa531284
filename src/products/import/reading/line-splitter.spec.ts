import fc from 'fast-check';
import { LineSplitter } from './line-splitter.js';

const split = (chunks: readonly string[], maxLength?: number) => {
  const splitter = new LineSplitter(maxLength);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
};
const texts = (chunks: readonly string[]) => split(chunks).map(({ text }) => text);

describe('LineSplitter', () => {
  it('ends lines at LF and CR LF, keeps blank ones, and takes a last line without an ending', () => {
    expect(split(['a\r\nb\n\nc'])).toEqual([
      { number: 1, text: 'a', isTooLong: false },
      { number: 2, text: 'b', isTooLong: false },
      { number: 3, text: '', isTooLong: false },
      { number: 4, text: 'c', isTooLong: false },
    ]);
    expect(texts(['a\n'])).toEqual(['a']);
    expect(texts([])).toEqual([]);
  });

  it('gives the same lines however the text is cut into chunks', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '\r', '\n', '\r\n', '"'), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 5 }), (whole, cuts) => {
        const places = [
          0,
          ...cuts.filter((cut) => cut <= whole.length).sort((left, right) => left - right),
          whole.length,
        ];
        const chunks = places.slice(1).map((end, index) => whole.slice(places[index], end));
        expect(texts(chunks)).toEqual(texts([whole]));
      }),
    );
  });

  it('marks a line beyond the limit, keeps only its beginning, and goes on behind it', () => {
    const long = 'x'.repeat(5_000);
    for (const chunks of [[`${long}\nnext`], [long.slice(0, 3_000), `${long}\nnext`], [long, long, '\nnext']]) {
      expect(split(chunks, 2_000)).toEqual([
        { number: 1, text: 'x'.repeat(1_000), isTooLong: true },
        { number: 2, text: 'next', isTooLong: false },
      ]);
    }
  });
});
