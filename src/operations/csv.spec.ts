import { csvLine } from './csv.js';

describe('csvLine', () => {
  it.each<[Parameters<typeof csvLine>[0], string]>([
    [['a', 1, null, -5], 'a,1,,-5'],
    [['a,b', 'say "yes"', 'two\nlines', 'two\r\nlines'], '"a,b","say ""yes""","two\nlines","two\r\nlines"'],
    [['', ' ', 'ä€'], ', ,ä€'],
    [['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1'], "'=1+1,'+1,'-1,'@SUM(A1),'\t=1,' =1"],
    [['=HYPERLINK("http://x","y")'], '"\'=HYPERLINK(""http://x"",""y"")"'],
    [['a=b', '1-2', 'ada@example.com'], 'a=b,1-2,ada@example.com'],
  ])('writes %j as RFC 4180 has it, and no formula', (values, line) => {
    expect(csvLine(values)).toBe(`${line}\r\n`);
  });
});
