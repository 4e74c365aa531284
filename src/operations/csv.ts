/** What a cell of a file may hold; null is an empty one. */
export type CsvValue = string | number | null;

/** What a spreadsheet takes for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[\s]*[=+\-@\t\r]/;
const MUST_BE_QUOTED = /[",\r\n]/;

/**
 * One line of a CSV file (RFC 4180), its end included.
 *
 * Text that a spreadsheet would run as a formula gets an apostrophe in front, which it shows as text; numbers are numbers, also negative ones.
 */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return MUST_BE_QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
