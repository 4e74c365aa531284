import fc from 'fast-check';
import { formatMoney, isCurrency, minorDigits, parseDecimal } from './currencies.js';

const CURRENCIES = ['EUR', 'JPY', 'BHD', 'CLF'];

describe('currencies', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['HUF', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['ISK', 0],
    ['BHD', 3],
    ['IQD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['XOF', 0],
    ['XCD', 2],
  ])('%s has %p decimals (ISO 4217)', (currency, digits) => {
    expect(minorDigits(currency)).toBe(digits);
  });

  it.each(['XXX', 'XAU', 'XTS', 'XDR', 'eur', 'EU', 'EURO', '', 'ABC', ' EUR', null, undefined, 978, ['EUR']])(
    '%p cannot be paid in',
    (code) => {
      expect(isCurrency(code)).toBe(false);
      expect(() => minorDigits(code as string)).toThrow(RangeError);
    },
  );

  it('knows every currency that is in use', () => {
    expect(
      [
        'AED',
        'AUD',
        'BRL',
        'CAD',
        'CHF',
        'CNY',
        'CZK',
        'DKK',
        'GBP',
        'INR',
        'MXN',
        'NOK',
        'PLN',
        'SEK',
        'TRY',
        'ZAR',
      ].every(isCurrency),
    ).toBe(true);
  });
});

describe('parseDecimal', () => {
  it.each([
    ['19.99', 'EUR', 1999],
    ['19.9', 'EUR', 1990],
    ['19', 'EUR', 1900],
    ['0.1', 'EUR', 10],
    ['19.9900', 'EUR', 1999],
    ['-3.50', 'EUR', -350],
    ['-0.00', 'EUR', 0],
    [' 7 ', 'JPY', 7],
    ['7.0', 'JPY', 7],
    ['1.234', 'BHD', 1234],
    ['4503599627370495.5', 'EUR', null],
    ['90071992547409.91', 'EUR', 9007199254740991],
    ['90071992547409.92', 'EUR', null],
    ['19.999', 'EUR', null],
    ['7.5', 'JPY', null],
    ['1e3', 'EUR', null],
    ['1,000', 'EUR', null],
    ['.5', 'EUR', null],
    ['5.', 'EUR', null],
    ['+5', 'EUR', null],
    ['NaN', 'EUR', null],
    ['', 'EUR', null],
    ['0x10', 'EUR', null],
    ['١٩', 'EUR', null],
  ])('reads %p in %s as %p', (text, currency, amount) => {
    expect(parseDecimal(text, currency)).toBe(amount);
  });

  it('reads back what it is given in any currency', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...CURRENCIES), (amount, currency) => {
        const digits = minorDigits(currency);
        const text = String(Math.abs(amount)).padStart(digits + 1, '0');
        const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
        expect(parseDecimal(`${amount < 0 ? '-' : ''}${decimal}`, currency)).toBe(amount === 0 ? 0 : amount);
      }),
    );
  });
});

describe('formatMoney', () => {
  it.each([
    [1999, 'EUR', '€19.99'],
    [5, 'EUR', '€0.05'],
    [-5, 'EUR', '-€0.05'],
    [0, 'EUR', '€0.00'],
    [1999, 'JPY', '¥1,999'],
    [1234, 'BHD', 'BHD 1.234'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '€90,071,992,547,409.91'],
  ])('writes %p %s as %s', (amount, currency, text) => {
    expect(formatMoney({ amount, currency }).replace(/\u00a0/g, ' ')).toBe(text);
  });

  it('keeps every digit of every amount', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...CURRENCIES), (amount, currency) => {
        const digits = formatMoney({ amount, currency }).replace(/\D/g, '');
        expect(BigInt(digits)).toBe(BigInt(Math.abs(amount)));
      }),
    );
  });
});
