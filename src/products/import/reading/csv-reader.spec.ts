import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvReader } from './csv-reader.js';
import { LineSplitter } from './line-splitter.js';

const read = (text: string, delimiter = ',', maxLength?: number) => {
  const splitter = new LineSplitter(maxLength);
  const reader = new CsvReader(delimiter, maxLength);
  return [...reader.push([...splitter.push(text), ...splitter.end()]), ...reader.end()];
};
const brief = (text: string, maxLength?: number) =>
  read(text, ',', maxLength).map(({ line, lastLine, cells, problem }) => [line, lastLine, cells ?? problem!.code]);

describe('CsvReader', () => {
  it('reads quoted cells with delimiters, doubled quotes and line breaks, and knows on which lines a record stands', () => {
    expect(brief('a,b\n"x, y","say ""hi"""\n\n"two\nlines",2\nlast,')).toEqual([
      [1, 1, ['a', 'b']],
      [2, 2, ['x, y', 'say "hi"']],
      [4, 5, ['two\nlines', '2']],
      [6, 6, ['last', '']],
    ]);
    expect(read('a;"b;c"', ';')[0]!.cells).toEqual(['a', 'b;c']);
  });

  it.each([
    ['a quote inside of a cell', '1,5" pipe\n2,b'],
    ['text behind a closing quote', '1,"a"b\n2,b'],
    ['a quote that is never closed', '1,"a\n2,b'],
  ])('loses only the line with %s', (_, text) => {
    expect(brief(text)).toEqual([
      [1, 1, 'malformed_csv'],
      [2, 2, ['2', 'b']],
    ]);
  });

  it('closes a cell by a quote on a later line, and gives up after 1,000 lines or the longest record', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');
    expect(brief(`"${lines(900)}",x`)).toHaveLength(1);
    const tooMany = brief(`"${lines(1_200)}",x`);
    expect(tooMany[0]).toEqual([1, 1, 'malformed_csv']);
    expect(tooMany).toHaveLength(1_200);
    expect(brief(`"${lines(300)}",x`, 2_000)[0]).toEqual([1, 1, 'malformed_csv']);
  });

  it('takes the time of its lines, also when every one of them could be inside of an open cell', () => {
    const begun = process.cpuUsage();
    expect(brief(`"open\n${'""\n'.repeat(20_000)}`)).toHaveLength(20_001);
    // Of this process: what else the machine does is no part of it.
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  });

  it('refuses a line that is too long without reading on inside of it', () => {
    expect(brief(`1,2\n${'x'.repeat(3_000)}\n3,4\n"open\n${'y'.repeat(3_000)}\n5,6`, 2_000)).toEqual([
      [1, 1, ['1', '2']],
      [2, 2, 'line_too_long'],
      [3, 3, ['3', '4']],
      [4, 4, 'malformed_csv'],
      [5, 5, 'line_too_long'],
      [6, 6, ['5', '6']],
    ]);
  });

  it('reads whatever is well-formed as csv-parse does', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', ' ', ';'), maxLength: 6 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.boolean(), (rows, isAllQuoted) => {
        const text = rows
          .map((cells) =>
            cells
              .map((value) => (isAllQuoted || /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
              .join(','),
          )
          .join('\n');
        expect(read(text).map(({ cells }) => cells)).toEqual(parse(text, { relax_column_count: true }));
      }),
    );
  });
});
